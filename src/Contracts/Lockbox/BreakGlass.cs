namespace Beffroi.Contracts.Lockbox;

/// <summary>What one of the operator's people gives to break the glass.</summary>
/// <param name="Reason">One of <see cref="LockboxTerms.Reasons"/>.</param>
/// <param name="Details">Why, in words that every customer reads in their ledger, at most 1000 characters.</param>
/// <param name="Minutes">For how long, counted from the approval: 5 to 240, 60 where none are given.</param>
public sealed record BeginBreakGlass(string Reason, string Details, int? Minutes = null);

/// <summary>One breaking of the glass: two of the operator's people opened, or want to open, the inventory of the infrastructure.</summary>
/// <param name="Id">Unique.</param>
/// <param name="BegunBy">Who wants to see it.</param>
/// <param name="ApprovedBy">The second person; null until then.</param>
/// <param name="Reason">Why, of a list.</param>
/// <param name="Details">Why, in words.</param>
/// <param name="Minutes">For how long, from the approval.</param>
/// <param name="State"><c>waiting</c>, <c>open</c>; over: <c>lapsed</c> (nobody approved it within an hour), <c>withdrawn</c> (by who began it), <c>refused</c> (by another), <c>ended</c> (by somebody, or its time is up).</param>
/// <param name="BegunAt">UTC.</param>
/// <param name="ExpiresAt">UTC; nobody can approve it any more afterwards.</param>
/// <param name="OpenedAt">UTC; null unless it was approved.</param>
/// <param name="OpenUntil">UTC; null unless it was approved.</param>
/// <param name="EndedAt">UTC; null unless somebody ended it.</param>
/// <param name="EndedBy">Who withdrew, refused or ended it.</param>
/// <param name="Showings">How often something was looked at.</param>
public sealed record BreakGlass(
    Guid Id, string BegunBy, string? ApprovedBy, string Reason, string Details, int Minutes, string State, DateTimeOffset BegunAt, DateTimeOffset ExpiresAt, DateTimeOffset? OpenedAt,
    DateTimeOffset? OpenUntil, DateTimeOffset? EndedAt, string? EndedBy, int Showings);
