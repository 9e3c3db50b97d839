using Beffroi.Contracts;
using Beffroi.Contracts.Policy;
using Beffroi.Kernel;
using Npgsql;

namespace Beffroi.Platform.Policy;

/// <summary>The rules about where which data may be. On the caller's connection and in its transaction. Safe for concurrent use.</summary>
public interface IPolicy
{
    /// <summary>The label that a creation states, or the refusal: no label, no creation.</summary>
    Result<SpaceLabel> LabelOf(PutSpace content);

    /// <summary>What the rules say of a space that there shall be.</summary>
    Task<PolicyDecision> AdmitAsync(NpgsqlConnection connection, Guid organizationId, string space, string zone, SpaceLabel label, CancellationToken cancellationToken);

    /// <summary>What they say, today, of something new in a space: what is made of its data, restores and clones too, has the space's label.</summary>
    Task<PolicyDecision> AdmitAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken);

    /// <summary>What they say, today, of a space and what is in it; null of one that is the platform's own, which no rule is about.</summary>
    Task<PolicyDecision?> FindAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken);

    /// <summary>States a space's label, and has the space evaluated.</summary>
    Task StateAsync(NpgsqlConnection connection, Guid spaceId, SpaceLabel label, string by, CancellationToken cancellationToken);

    /// <summary>What every rule says of a space.</summary>
    Task<SpacePolicy> ExplainAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken);

    /// <summary>Evaluates customers' spaces, all of them or an organization's: sets their condition, and tells the ledger of each that changed.</summary>
    /// <param name="connection">In the caller's transaction.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <param name="organizationId">Only its spaces.</param>
    /// <param name="by">On whose behalf, as the ledger names actors; null if only time has passed.</param>
    /// <returns>How many spaces came to which outcome, for the ledger; null if there is no space.</returns>
    Task<LedgerReason?> EvaluateAsync(NpgsqlConnection connection, CancellationToken cancellationToken, Guid? organizationId = null, string? by = null);
}
