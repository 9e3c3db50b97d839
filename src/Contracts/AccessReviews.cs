namespace Beffroi.Contracts;

/// <summary>A review of who may do what in an organization: a campaign that begins with a snapshot and ends with a decision on each account in it.</summary>
/// <param name="Id">Unique.</param>
/// <param name="Kind"><c>rights</c> (people) or <c>technical</c> (service accounts).</param>
/// <param name="State"><c>open</c>, <c>closed</c> or <c>cancelled</c>.</param>
/// <param name="BegunBy">Who began it.</param>
/// <param name="BegunAt">UTC; the snapshot is of this moment.</param>
/// <param name="EndedBy">Who closed or cancelled it; null while open.</param>
/// <param name="EndedAt">UTC; null while open.</param>
/// <param name="Counts">How many accounts, and what was decided.</param>
/// <param name="NewAccounts">Accounts of its kind that were not there when it began, in order of name, at most 200: the next review has them.</param>
public sealed record AccessReview(
    Guid Id, string Kind, string State, string BegunBy, DateTimeOffset BegunAt, string? EndedBy, DateTimeOffset? EndedAt, AccessReviewCounts Counts, IReadOnlyList<string> NewAccounts);

/// <summary>A review in numbers.</summary>
/// <param name="Accounts">In the snapshot.</param>
/// <param name="Kept">Decided: they keep what they have.</param>
/// <param name="Withdrawn">Decided: something was taken from them.</param>
/// <param name="Gone">Removed since, and so without a decision.</param>
/// <param name="Undecided">Still to be decided, or never decided where the review was cancelled.</param>
/// <param name="OwnKept">Of those kept: by the very person they are about, who was the organization's only reviewer.</param>
public sealed record AccessReviewCounts(int Accounts, int Kept, int Withdrawn, int Gone, int Undecided, int OwnKept);

/// <summary>One account in a review.</summary>
/// <param name="Account">Its name.</param>
/// <param name="Snapshot">What it was and might do when the review began.</param>
/// <param name="Gone">Whether it has been removed since; of a review that ended, before its end.</param>
/// <param name="Changes">How else it has changed since, beside what the review withdrew; of a review that ended, until its end.</param>
/// <param name="Decision">Null while there is none.</param>
public sealed record AccessReviewItem(string Account, ReviewedAccount Snapshot, bool Gone, IReadOnlyList<AccessChange> Changes, AccessReviewDecision? Decision);

/// <summary>What an account was and might do at some moment.</summary>
/// <param name="State"><c>invited</c>, <c>active</c> or <c>disabled</c>.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="LastUsedAt">When a token or a session of it was used last, as far as is known still; null if never.</param>
/// <param name="Groups">Names of the groups it was in.</param>
/// <param name="Grants">Its roles, by itself and through groups.</param>
/// <param name="Tokens">Its valid tokens.</param>
/// <param name="Keys">SHA-256, hexadecimal, of each public key that it signs with, and each workload identity in words.</param>
public sealed record ReviewedAccount(
    string State, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt, IReadOnlyList<string> Groups, IReadOnlyList<ReviewedGrant> Grants, IReadOnlyList<ReviewedToken> Tokens,
    IReadOnlyList<string> Keys);

/// <summary>A role that an account had.</summary>
/// <param name="Id">Of the grant.</param>
/// <param name="Role">A built-in role or one of the organization's.</param>
/// <param name="Permissions">Of a role of the organization's own, which may have changed since; null for a built-in one.</param>
/// <param name="Group">Through which group; null for the account's own.</param>
/// <param name="Space">Where; null for the whole organization.</param>
/// <param name="Resource">On which resource of the space, <c>KIND/NAME</c>; null for the whole space.</param>
public sealed record ReviewedGrant(Guid Id, string Role, IReadOnlyList<string>? Permissions, string? Group, string? Space, string? Resource);

/// <summary>A token that an account had.</summary>
/// <param name="Name">Unique among the account's valid tokens.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="ExpiresAt">UTC.</param>
/// <param name="LastUsedAt">UTC; null if never.</param>
public sealed record ReviewedToken(string Name, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? LastUsedAt);

/// <summary>Something that changed about an account.</summary>
/// <param name="What">
/// <c>grant-added</c>, <c>grant-removed</c>, <c>role-changed</c>, <c>group-joined</c>, <c>group-left</c>, <c>token-added</c>, <c>token-ended</c>, <c>key-added</c>, <c>key-removed</c> or <c>state-changed</c>.
/// </param>
/// <param name="Subject">Which: the role and where, the group's or token's name, the key's hash, the new state.</param>
public sealed record AccessChange(string What, string Subject);

/// <summary>What was decided on an account.</summary>
/// <param name="Decision"><c>keep</c> or <c>withdraw</c>.</param>
/// <param name="DecidedBy">Who.</param>
/// <param name="DecidedAt">UTC.</param>
/// <param name="Remark">In their words; null without any.</param>
/// <param name="Withdrawn">What was taken away with it.</param>
/// <param name="OnlyReviewer">Whether they decided on themselves, as nobody else of the organization could.</param>
public sealed record AccessReviewDecision(string Decision, string DecidedBy, DateTimeOffset DecidedAt, string? Remark, IReadOnlyList<AccessChange> Withdrawn, bool OnlyReviewer);

/// <summary>Begins a review.</summary>
/// <param name="Kind"><c>rights</c> or <c>technical</c>.</param>
public sealed record BeginAccessReview(string Kind);

/// <summary>Decides on an account. What is to be withdrawn is withdrawn at once, all of it or, if any of it is refused, none.</summary>
/// <param name="Decision"><c>keep</c> or <c>withdraw</c>.</param>
/// <param name="Remark">For whoever reads the outcome: at most 500 characters.</param>
/// <param name="Grants">To withdraw: ids of grants of the account's own.</param>
/// <param name="Groups">Groups to take it out of, and so from what is granted to them.</param>
/// <param name="Tokens">Names of tokens to end.</param>
/// <param name="Keys">Whether to take away all keys that it signs with, and all workload identities.</param>
/// <param name="Disable">Whether to switch the account off.</param>
public sealed record DecideAccessReview(
    string Decision, string? Remark = null, IReadOnlyList<Guid>? Grants = null, IReadOnlyList<string>? Groups = null, IReadOnlyList<string>? Tokens = null, bool Keys = false, bool Disable = false);

/// <summary>When a kind of review is due.</summary>
/// <param name="Kind"><c>rights</c> or <c>technical</c>.</param>
/// <param name="EveryDays">How often.</param>
/// <param name="State"><c>in-time</c>, <c>due-soon</c> (in 30 days at most), <c>overdue</c>, or <c>nothing-to-review</c> where there is no account of its kind.</param>
/// <param name="ReviewedAt">UTC: when the newest closed review began; null if there is none.</param>
/// <param name="DueAt">UTC: until when the next one is to be begun and closed; null where there is nothing to review.</param>
/// <param name="Open">The review that is open, if one is.</param>
public sealed record AccessReviewDue(string Kind, int EveryDays, string State, DateTimeOffset? ReviewedAt, DateTimeOffset? DueAt, Guid? Open);

/// <summary>A review with everything in it, as the command line shows it.</summary>
/// <param name="Review">It.</param>
/// <param name="Items">Its accounts, in order of name.</param>
public sealed record AccessReviewReport(AccessReview Review, IReadOnlyList<AccessReviewItem> Items);
