namespace Beffroi.Contracts;

/// <summary>A user of an organization.</summary>
/// <param name="Id">Never reused.</param>
/// <param name="Name">Unique among the organization's users and service accounts.</param>
/// <param name="State"><c>invited</c>, <c>active</c> or <c>disabled</c>.</param>
/// <param name="Groups">Names of the groups they are in.</param>
/// <param name="CreatedAt">UTC.</param>
public sealed record Member(Guid Id, string Name, string State, IReadOnlyList<string> Groups, DateTimeOffset CreatedAt);

/// <summary>Invites a user, or changes one.</summary>
/// <param name="Disabled">Whether the account is switched off: its tokens stop at once, and work again when it is switched on.</param>
/// <param name="InvitationSha256">
/// SHA-256, hexadecimal, of the invitation's code, which the caller makes (at random, 32 bytes or more) and hands to the person. Needed for a new user; for one who is invited still, it replaces the code; for one who is active, it takes their password and second factor away at once, and the code sets new ones.
/// </param>
public sealed record PutMember(bool Disabled = false, string? InvitationSha256 = null);

/// <summary>An account of a program.</summary>
/// <param name="Id">Never reused.</param>
/// <param name="Name">Unique among the organization's users and service accounts.</param>
/// <param name="State"><c>active</c> or <c>disabled</c>.</param>
/// <param name="Groups">Names of the groups it is in.</param>
/// <param name="CreatedAt">UTC.</param>
public sealed record ServiceAccount(Guid Id, string Name, string State, IReadOnlyList<string> Groups, DateTimeOffset CreatedAt);

/// <summary>Creates or changes a service account.</summary>
/// <param name="Disabled">Whether the account is switched off.</param>
public sealed record PutServiceAccount(bool Disabled = false);

/// <summary>Some users and service accounts, to whom roles are granted together.</summary>
/// <param name="Name">Unique in the organization.</param>
/// <param name="Members">Names of users and service accounts, in order.</param>
/// <param name="CreatedAt">UTC.</param>
public sealed record Group(string Name, IReadOnlyList<string> Members, DateTimeOffset CreatedAt);

/// <summary>Creates a group or says who is in it.</summary>
/// <param name="Members">Names of all that shall be in it, at most 500.</param>
public sealed record PutGroup(IReadOnlyList<string> Members);

/// <summary>A named set of permissions.</summary>
/// <param name="Name">Unique in the organization.</param>
/// <param name="BuiltIn">Whether it comes with Beffroi and can't be changed.</param>
/// <param name="Description">For people.</param>
/// <param name="Permissions">In order.</param>
public sealed record Role(string Name, bool BuiltIn, string Description, IReadOnlyList<string> Permissions);

/// <summary>Creates or changes a role of the organization's own.</summary>
/// <param name="Permissions">All that it shall have; at most what the caller has.</param>
/// <param name="Description">For people, at most 200 characters.</param>
public sealed record PutRole(IReadOnlyList<string> Permissions, string Description = "");

/// <summary>Who has which role where.</summary>
/// <param name="Id">Never reused.</param>
/// <param name="Role">A built-in role or one of the organization's.</param>
/// <param name="Member">The user or service account who has it; null if it is a group.</param>
/// <param name="Group">The group; null if it is one account.</param>
/// <param name="Space">Where; null for the whole organization.</param>
/// <param name="Resource">On which resource of the space, <c>KIND/NAME</c>; null for the whole space.</param>
/// <param name="CreatedAt">UTC.</param>
public sealed record Grant(Guid Id, string Role, string? Member, string? Group, string? Space, string? Resource, DateTimeOffset CreatedAt);

/// <summary>Grants a role. One of <paramref name="Member"/> and <paramref name="Group"/> is needed.</summary>
/// <param name="Role">A built-in role or one of the organization's.</param>
/// <param name="Member">A user's or service account's name.</param>
/// <param name="Group">A group's name.</param>
/// <param name="Space">A space's name; left out: the whole organization.</param>
/// <param name="Resource">A resource of that space, <c>KIND/NAME</c>.</param>
public sealed record PutGrant(string Role, string? Member = null, string? Group = null, string? Space = null, string? Resource = null);

/// <summary>A personal access token, or a service account's. The token itself is known to its maker alone.</summary>
/// <param name="Name">Unique among the account's valid tokens.</param>
/// <param name="State"><c>valid</c>, <c>expired</c> or <c>revoked</c>.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="ExpiresAt">UTC.</param>
/// <param name="LastUsedAt">UTC, to the minute; null if never.</param>
public sealed record AccessToken(string Name, string State, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? LastUsedAt);

/// <summary>Makes a token valid.</summary>
/// <param name="Sha256">Its SHA-256, hexadecimal: the caller makes the token (at random, 32 bytes or more), so that nobody else ever has it.</param>
/// <param name="Days">How long it is valid, 1 to 366.</param>
public sealed record PutToken(string Sha256, int Days = 90);

/// <summary>Accepts an invitation, which then is used up.</summary>
/// <param name="Code">As it was handed over.</param>
/// <param name="TokenSha256">SHA-256 of the first token, which the caller makes.</param>
/// <param name="Days">How long that token is valid, 1 to 366.</param>
public sealed record AcceptInvitation(string Code, string TokenSha256, int Days = 90);

/// <summary>One of the operator's accounts.</summary>
/// <param name="Id">Never reused.</param>
/// <param name="Name">Unique among the operator's.</param>
/// <param name="State"><c>invited</c>, <c>active</c> or <c>disabled</c>.</param>
/// <param name="Roles">Of the operator's roles.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="Kind"><c>user</c> (a person) or <c>service-account</c> (a program).</param>
public sealed record OperatorAccount(Guid Id, string Name, string State, IReadOnlyList<string> Roles, DateTimeOffset CreatedAt, string Kind = "user");

/// <summary>Invites one of the operator's people, or changes their account.</summary>
/// <param name="Roles">All that they shall have: <c>platform-administrator</c>, <c>capacity</c>, <c>support</c>, <c>platform-auditor</c>.</param>
/// <param name="Disabled">Whether the account is switched off.</param>
/// <param name="InvitationSha256">As for a member.</param>
/// <param name="Kind"><c>user</c> or <c>service-account</c>, of a new account, which stays what it is; without it, what it is, or a person.</param>
public sealed record PutOperatorAccount(IReadOnlyList<string> Roles, bool Disabled = false, string? InvitationSha256 = null, string? Kind = null);

/// <summary>Asks for a code with which the caller sets a password and a second factor.</summary>
/// <param name="CodeSha256">SHA-256, hexadecimal, of the code, which the caller makes (at random, 32 bytes or more).</param>
public sealed record PutEnrolment(string CodeSha256);

/// <summary>The code can be used.</summary>
/// <param name="Path">On which page of this server.</param>
/// <param name="Minutes">For how long.</param>
public sealed record Enrolment(string Path, int Minutes);

/// <summary>A session: what a person's sign-in began, until it is ended.</summary>
/// <param name="Id">Never reused.</param>
/// <param name="Client">What was signed in: <c>beffroi-cli</c>.</param>
/// <param name="Origin">From which address it was begun.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="LastUsedAt">UTC, to some minutes.</param>
/// <param name="ExpiresAt">UTC: when it ends if it isn't used until then.</param>
/// <param name="Current">Whether it is the one that asks.</param>
/// <param name="IdentityProvider">By which provider of the organization's its holder had signed in; null for none.</param>
public sealed record SignInSession(
    Guid Id, string Client, string Origin, DateTimeOffset CreatedAt, DateTimeOffset LastUsedAt, DateTimeOffset ExpiresAt, bool Current, string? IdentityProvider = null);
