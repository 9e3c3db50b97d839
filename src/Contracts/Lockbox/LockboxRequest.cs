namespace Beffroi.Contracts.Lockbox;

/// <summary>What one of the operator's people asks a customer to be shown.</summary>
/// <param name="Organization">Whose.</param>
/// <param name="Space">As the customer calls it. The asker is not told whether it exists, nor whether the resource does.</param>
/// <param name="Kind">Of the resource: <c>postgres</c>.</param>
/// <param name="Name">The resource's.</param>
/// <param name="Access">One of <see cref="LockboxTerms.Accesses"/>.</param>
/// <param name="Reason">One of <see cref="LockboxTerms.Reasons"/>.</param>
/// <param name="Details">Why, in words for the customer, at most 1000 characters.</param>
/// <param name="Minutes">For how long, counted from the last approval: 5 to 480.</param>
/// <param name="CredentialSha256">SHA-256, hexadecimal, of the secret that opens it once approved. The asker keeps the secret; it is worth nothing until a customer has signed this hash.</param>
/// <param name="Reference">The case's number or the like: letters, digits and <c>._/#-</c>, at most 80 characters.</param>
public sealed record AskLockbox(
    string Organization, string Space, string Kind, string Name, string Access, string Reason, string Details, int Minutes, string CredentialSha256, string? Reference = null);

/// <summary>A lockbox request, as both sides see it.</summary>
/// <param name="Id">Unique.</param>
/// <param name="Organization">Who is asked.</param>
/// <param name="Operator">Who asks.</param>
/// <param name="Space">As it was asked for.</param>
/// <param name="Kind">Of the resource.</param>
/// <param name="Name">The resource's.</param>
/// <param name="Access">What is to be seen.</param>
/// <param name="Reason">Why, of a list.</param>
/// <param name="Reference">The case's number; null if none was given.</param>
/// <param name="Details">Why, in words.</param>
/// <param name="Minutes">For how long, from the last approval.</param>
/// <param name="State">
/// <c>waiting</c>, <c>open</c>; over: <c>refused</c>, <c>withdrawn</c> (by the asker), <c>expired</c> (nobody decided), <c>closed</c> (by the customer, or its time is up).
/// </param>
/// <param name="RequestedAt">UTC.</param>
/// <param name="ExpiresAt">UTC; nobody can approve it any more afterwards.</param>
/// <param name="OpenUntil">UTC; null unless it was approved.</param>
/// <param name="EndedAt">UTC; null unless somebody ended it.</param>
/// <param name="EndedBy">Who refused, withdrew or closed it.</param>
public sealed record LockboxRequest(
    Guid Id, string Organization, string Operator, string Space, string Kind, string Name, string Access, string Reason, string? Reference, string Details, int Minutes, string State,
    DateTimeOffset RequestedAt, DateTimeOffset ExpiresAt, DateTimeOffset? OpenUntil, DateTimeOffset? EndedAt, string? EndedBy);

/// <summary>A lockbox request with what is the customer's alone.</summary>
/// <param name="Request">What is asked for.</param>
/// <param name="Consent">The text that approvers sign , line by line the whole of what they agree to; null if the resource doesn't exist, so that there is nothing to approve.</param>
/// <param name="ApproversNeeded">How many different people have to sign.</param>
/// <param name="Approvals">Who has, in order.</param>
/// <param name="Accesses">How often something was shown.</param>
public sealed record LockboxCase(LockboxRequest Request, string? Consent, int ApproversNeeded, IReadOnlyList<LockboxApproval> Approvals, int Accesses);

/// <summary>One approver's signature.</summary>
/// <param name="By">The member's name.</param>
/// <param name="Signature">The line of a signed note (C2SP signed-note) below the consent.</param>
/// <param name="At">UTC.</param>
/// <param name="Kind">Of the key that signed: <c>machine</c> or <c>passkey</c>.</param>
public sealed record LockboxApproval(string By, string Signature, DateTimeOffset At, string Kind = LockboxTerms.MachineKey);

/// <summary>An approval.</summary>
/// <param name="Signature">The line of a signed note over the consent, made with the caller's registered key.</param>
public sealed record ApproveLockbox(string Signature);

/// <summary>What was shown to the operator's person, once.</summary>
/// <param name="Id">Unique.</param>
/// <param name="At">UTC.</param>
/// <param name="Origin">The address from which it was asked for.</param>
/// <param name="MediaType">Of the content.</param>
/// <param name="Bytes">How much, in UTF-8.</param>
/// <param name="Sha256">Of the content, hexadecimal; so it is in the ledger.</param>
/// <param name="Content">Exactly what was shown; null in a list.</param>
public sealed record LockboxAccess(Guid Id, DateTimeOffset At, string? Origin, string MediaType, int Bytes, string Sha256, string? Content = null);

/// <summary>Shows what was approved.</summary>
/// <param name="Credential">The secret of which the request has the hash.</param>
public sealed record OpenLockbox(string Credential);

/// <summary>What is shown.</summary>
/// <param name="OpenUntil">UTC; nothing is shown afterwards.</param>
/// <param name="MediaType">Of the content.</param>
/// <param name="Content">As text.</param>
public sealed record LockboxContent(DateTimeOffset OpenUntil, string MediaType, string Content);

/// <summary>A member's key that approves.</summary>
/// <param name="Account">Whose; its name is the key's, after the organization's.</param>
/// <param name="Key">A public key for notes, <c>ORGANIZATION/ACCOUNT+ID+BASE64</c> (C2SP signed-note): Ed25519, or a passkey's with the origin of the pages that may ask it.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="Kind"><c>machine</c>: in a file on a machine of the member's, made by <c>beffroi lockbox key create</c>; <c>passkey</c>.</param>
public sealed record LockboxKey(string Account, string Key, DateTimeOffset CreatedAt, string Kind = LockboxTerms.MachineKey);

/// <summary>Registers a key of one's own.</summary>
/// <param name="Key">As in <see cref="LockboxKey"/>.</param>
/// <param name="Proof">Of a passkey's: the line of a signed note over <see cref="LockboxTerms.Registration"/>, made with it. Null for a machine's.</param>
public sealed record PutLockboxKey(string Key, string? Proof = null);

/// <summary>One of the caller's own passkeys, which can be registered to approve with.</summary>
/// <param name="Name">As its holder calls it.</param>
/// <param name="Synced">Whether it is copied to other devices, as the authenticator said last.</param>
/// <param name="Key">The key that would be registered, as in <see cref="LockboxKey"/>.</param>
public sealed record LockboxPasskey(string Name, bool Synced, string Key);
