using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Tenancy;
using Npgsql;

namespace Beffroi.Platform.Quotas;

/// <summary>What one resource takes while it is there.</summary>
/// <param name="Kind">e.g. <c>postgres</c>.</param>
/// <param name="Cpus">Of all its instances.</param>
/// <param name="MemoryBytes">Of all its instances.</param>
/// <param name="StorageBytes">Of all its data volumes.</param>
/// <param name="Nodes">How many instances those are.</param>
/// <param name="Stopped">Whether they shall not run: that is nothing to a quota, which keeps their place, but to what is recorded as used.</param>
public sealed record Demand(string Kind, long Cpus, long MemoryBytes, long StorageBytes, long Nodes = 1, bool Stopped = false);

/// <summary>Quotas of organizations and spaces. Safe for concurrent use: admissions of one organization take turns, so that no race overruns a quota.</summary>
public interface IQuotas
{
    /// <summary>
    /// Writes down what the resource takes, in the transaction that creates or changes it. A problem, after which that transaction must not be
    /// committed, if the organization or the space then had more than its quota and more than before. What takes less than before always passes.
    /// </summary>
    /// <param name="connection">In the transaction that holds the resource's row.</param>
    /// <param name="space">Where it is.</param>
    /// <param name="resourceId">It.</param>
    /// <param name="demand">All that it takes from now on.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<Problem?> AdmitAsync(NpgsqlConnection connection, SpaceRecord space, Guid resourceId, Demand demand, CancellationToken cancellationToken);

    /// <summary>A quota with what is used of it; <paramref name="spaceId"/> null: the organization's.</summary>
    Task<(QuotaLimits Limits, QuotaUse Used)> FindAsync(NpgsqlConnection connection, Guid organizationId, Guid? spaceId, CancellationToken cancellationToken);

    /// <summary>Sets a quota. One below what is used is possible: nothing is taken away, nothing more is admitted.</summary>
    Task<Problem?> SetAsync(NpgsqlConnection connection, Guid organizationId, Guid? spaceId, QuotaLimits limits, CancellationToken cancellationToken);
}
