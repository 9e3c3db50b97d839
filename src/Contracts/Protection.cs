namespace Beffroi.Contracts;

/// <summary>What protects an organization from its own people's mistakes, and from one of them alone.</summary>
/// <param name="DeletionGraceHours">How long what was deleted can be brought back, 0 to 8760; its key is destroyed at the end. 168 unless changed.</param>
/// <param name="ImmediateDeletion">Whether a deletion may ask for no grace at all.</param>
/// <param name="TwoPersonRule">Whether sealing, unsealing, immediate deletion, rotation to another provider, shorter retention of backups and changes of these settings need a second person.</param>
/// <param name="PasskeyConsents">Whether approvers may sign what is shown to the operator's people with passkeys too, and not only with keys on machines of their own. Off: what passkeys have signed opens nothing.</param>
public sealed record Safeguards(int DeletionGraceHours = 168, bool ImmediateDeletion = false, bool TwoPersonRule = false, bool PasskeyConsents = false);

/// <summary>A request that waits, or waited, for a second person.</summary>
/// <param name="Id">Unique.</param>
/// <param name="Action">What is asked for, as in the ledger: <c>key.seal</c>.</param>
/// <param name="Subject">On what, in words.</param>
/// <param name="RequestedBy">Who asked.</param>
/// <param name="State"><c>waiting</c>, <c>approved</c> (to be carried out by sending the request again), <c>refused</c>, <c>used</c> or <c>expired</c>.</param>
/// <param name="DecidedBy">Who approved or refused; null while waiting.</param>
/// <param name="RequestedAt">UTC.</param>
/// <param name="ExpiresAt">UTC; afterwards it is worth nothing.</param>
public sealed record Approval(
    Guid Id, string Action, string Subject, string RequestedBy, string State, string? DecidedBy, DateTimeOffset RequestedAt, DateTimeOffset ExpiresAt);
