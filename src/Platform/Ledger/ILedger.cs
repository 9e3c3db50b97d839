using Beffroi.Kernel;
using Npgsql;

namespace Beffroi.Platform.Ledger;

/// <summary>
/// The append-only log of everything that happened. An entry is written in the transaction of what it tells of, so that
/// neither exists without the other. Safe for concurrent use.
/// </summary>
public interface ILedger
{
    /// <summary>Appends in the caller's open transaction.</summary>
    Task AppendAsync(NpgsqlConnection connection, LedgerEntry entry, CancellationToken cancellationToken);
}

/// <summary>
/// What happened. No secret belongs in any member, and the reason's type lets none in. Of people it holds who did something, for whom and with whose agreement, from which address, the names
/// that they gave to things, and what they stated for the record: no more than these members, which decision 4 tells and tests hold to a list.
/// </summary>
/// <param name="Actor">Who: a principal's name with its side, <c>customer:alice</c>, <c>operator:admin</c>, or <c>system:postgres</c>, <c>agent:ID</c>.</param>
/// <param name="Action">What, in the field's words: <c>postgres.create</c>, <c>volume.unlock</c>.</param>
/// <param name="Outcome"><c>accepted</c>, <c>refused</c>, <c>done</c> or <c>failed</c>.</param>
/// <param name="OrganizationId">Whose ledger it belongs to; null for the operator's own.</param>
/// <param name="Resource">On what, as the API's path; null if nothing yet.</param>
/// <param name="ResourceId">The resource's id.</param>
/// <param name="Generation">Of the resource's spec.</param>
/// <param name="Reason">The problem's type for a refusal, or a short detail.</param>
/// <param name="RequestId">The request.</param>
/// <param name="OperationId">The operation.</param>
/// <param name="Origin">The caller's address.</param>
/// <param name="OnBehalfOf">
/// Who caused it, in the actor's form, where that is somebody else; null if nobody is behind it. Of what the platform or an agent does for an operation,
/// the ledger knows it by itself.
/// </param>
/// <param name="ApprovedBy">Who else agreed to it beforehand: the second person, or a lockbox's approvers, in the actor's form.</param>
public sealed record LedgerEntry(
    string Actor,
    string Action,
    string Outcome,
    Guid? OrganizationId = null,
    string? Resource = null,
    Guid? ResourceId = null,
    long? Generation = null,
    LedgerReason? Reason = null,
    string? RequestId = null,
    Guid? OperationId = null,
    string? Origin = null,
    string? OnBehalfOf = null,
    string? ApprovedBy = null);
