using Beffroi.Contracts.Agents;
using Beffroi.Kernel;
using Npgsql;

namespace Beffroi.Platform.Agents;

/// <summary>
/// What the platform keeps of each instance's agent. All methods use the caller's connection and its transaction. Safe for concurrent use.
/// </summary>
public interface IAgents
{
    /// <summary>Ensures that the instance has a row.</summary>
    Task EnsureAsync(NpgsqlConnection connection, Guid instanceId, Guid resourceId, Guid spaceId, CancellationToken cancellationToken);

    /// <summary>
    /// Accepts <paramref name="token"/> as the instance's one-time token for enrolment, for an hour from now, in place of any other. Only its
    /// hash is kept. The caller derives the token, so that after a crash it can give the instance the same again; one that has
    /// been used up stays so.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no such instance.</exception>
    Task SetTokenAsync(NpgsqlConnection connection, Guid instanceId, Secret token, CancellationToken cancellationToken);

    /// <summary>
    /// Sets what the instance shall be. If that differs from before it gets the next version (whatever <paramref name="desired"/> has
    /// as its own), and the agent is told once the transaction commits. Returns the version.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no such instance.</exception>
    Task<long> SetDesiredAsync(NpgsqlConnection connection, Guid instanceId, DesiredConfiguration desired, CancellationToken cancellationToken);

    /// <summary>
    /// What it reported is no longer the case, as its instance was stopped: nothing is known until it reports again. Absence is success.
    /// </summary>
    Task ForgetFactsAsync(NpgsqlConnection connection, Guid instanceId, CancellationToken cancellationToken);

    /// <summary>The instance's agent, or null.</summary>
    Task<AgentRecord?> FindAsync(NpgsqlConnection connection, Guid instanceId, CancellationToken cancellationToken);

    /// <summary>Removes it: its certificate is worth nothing from then on. Absence is success.</summary>
    Task RemoveAsync(NpgsqlConnection connection, Guid instanceId, CancellationToken cancellationToken);
}

/// <summary>An instance's agent.</summary>
/// <param name="InstanceId">The instance.</param>
/// <param name="ResourceId">Whose instance.</param>
/// <param name="SpaceId">Where.</param>
/// <param name="CertificateNotAfter">The end of its newest client certificate; null before it enrolled.</param>
/// <param name="DesiredVersion">Of its desired configuration; 0 before the first.</param>
/// <param name="Facts">What it last reported; null before the first report.</param>
/// <param name="LastSeenAt">When it last called (UTC, the database's clock).</param>
public sealed record AgentRecord(
    Guid InstanceId,
    Guid ResourceId,
    Guid SpaceId,
    DateTimeOffset? CertificateNotAfter,
    long DesiredVersion,
    Facts? Facts,
    DateTimeOffset? LastSeenAt)
{
    /// <summary>After how long without a report an agent counts as silent. Agents report at least every ten seconds.</summary>
    public static TimeSpan SilenceLimit { get; } = TimeSpan.FromSeconds(30);
}
