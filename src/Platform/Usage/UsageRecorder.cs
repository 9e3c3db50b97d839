using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Usage;

/// <summary>
/// Records what each resource took in each hour that is over, from the history of what it was to take. Level-triggered: after an outage it goes on where it
/// ended. An hour and the progress past it are one transaction, which holds the row of the progress: any number of replicas may run it, and one that is
/// killed leaves nothing behind.
/// </summary>
internal sealed partial class UsageRecorder(NpgsqlDataSource store, IEnumerable<IBackupMeter> meters, TimeProvider time, ILogger<UsageRecorder> log) : PeriodicService(Interval, time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    // What a repository says now is taken for the hour that has just ended, not for older ones.
    private static readonly TimeSpan BackupsKnownFor = TimeSpan.FromHours(1);

    /// <summary>Records all hours that are over.</summary>
    internal async Task RecordAsync(CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        if (!await UsageTable.IsDueAsync(connection, cancellationToken))
        {
            return;
        }

        var now = await UsageTable.SettledAsync(connection, cancellationToken);
        while (await RecordHourAsync(connection, now, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Records the next hour, if it is over. False if not, or if another replica is at it.</summary>
    /// <param name="connection">Without a transaction.</param>
    /// <param name="settled">Every change before this moment is in the store.</param>
    /// <param name="cancellationToken">Stops: nothing is then recorded.</param>
    internal async Task<bool> RecordHourAsync(NpgsqlConnection connection, DateTimeOffset settled, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await UsageTable.TakeAsync(connection, cancellationToken) is not { } hour || hour.AddHours(1) > settled)
        {
            return false;
        }

        var backups = new Dictionary<string, IReadOnlyDictionary<Guid, long>>();
        foreach (var meter in meters)
        {
            backups[meter.Kind] = settled - hour.AddHours(1) < BackupsKnownFor ? await meter.ReadAsync(connection, cancellationToken) : new Dictionary<Guid, long>();
        }

        var changes = await UsageTable.ChangesAsync(connection, hour, cancellationToken);
        var usage = changes.GroupBy(c => c.Resource.Id).Select(of => HourUsage.Of([.. of], hour)).OfType<HourUsage>()
            .Select(u => !backups.TryGetValue(u.Resource.Kind, out var known) ? u
                : u with { BackupByteSeconds = known.TryGetValue(u.Resource.Id, out var bytes) ? bytes * u.Seconds : null });
        await UsageTable.KeepAsync(connection, hour, [.. usage], cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    protected override Task RoundAsync(CancellationToken cancellationToken) => RecordAsync(cancellationToken);

    [LoggerMessage(LogLevel.Warning, "The hours that are over could not be recorded; tried again in a minute.")]
    protected override partial void Failed(Exception e);
}
