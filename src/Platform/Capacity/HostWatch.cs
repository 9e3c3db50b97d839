using Beffroi.Infrastructure;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Capacity;

/// <summary>Asks the zone's host once a minute what it has, and keeps the answer with its time: one that stops answering is then known to be silent, and since when. Any number of replicas may run it.</summary>
internal sealed partial class HostWatch(IInfrastructure infrastructure, NpgsqlDataSource store, PlatformOptions options, TimeProvider time, ILogger<HostWatch> log)
    : PeriodicService(Interval, time)
{
    /// <summary>A host that was not heard for so long is silent: it has missed an answer, and the next.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Asks once.</summary>
    /// <exception cref="InfrastructureException">It does not answer.</exception>
    internal async Task AskAsync(CancellationToken cancellationToken)
    {
        var state = await infrastructure.GetHostAsync(cancellationToken);
        if (state.Facts is not { } facts)
        {
            // The host process is of a version before this one, and is about to be replaced.
            return;
        }

        var inventory = await infrastructure.GetInventoryAsync(cancellationToken);
        var report = new HostReport(
            facts, state.AvailableMemoryBytes, inventory.Instances.Count, inventory.Instances.Count(i => i.Status == "Running"), inventory.Volumes.Count, state.Images,
            inventory.Instances.GroupBy(i => i.ImageDigest, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal),
            [.. inventory.Volumes.Where(v => v.Unlocked).Select(v => v.Cipher ?? "").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await HostTable.HeardAsync(connection, options.Zone.Name, report, cancellationToken);
    }

    protected override Task RoundAsync(CancellationToken cancellationToken) => AskAsync(cancellationToken);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The zone's host could not be asked what it has; tried again in a minute.")]
    protected override partial void Failed(Exception e);
}
