using Beffroi.Kernel;
using Npgsql;

namespace Beffroi.Platform.Conditions;

/// <summary>What is observed of spaces as a whole. On the caller's connection and in its transaction. Safe for concurrent use.</summary>
public interface ISpaceConditions
{
    /// <summary>Sets the condition of its type; <see cref="Condition.Since"/> is kept where <see cref="Condition.Holds"/> has not changed.</summary>
    /// <param name="connection">The caller's.</param>
    /// <param name="spaceId">Of which space.</param>
    /// <param name="condition">What is the case.</param>
    /// <param name="staleAfter">After this time it is shown as unknown; null for never.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task SetAsync(NpgsqlConnection connection, Guid spaceId, Condition condition, TimeSpan? staleAfter, CancellationToken cancellationToken);

    /// <summary>The space's conditions by type; what is stale is unknown, and says what it was.</summary>
    Task<IReadOnlyList<Condition>> ListAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken);
}
