using Beffroi.Platform.Ledger;
using Beffroi.Platform.Tenancy;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Services.Isolation;

/// <summary>
/// Has the isolation of every space that something lives in verified again, one space at a time, when its last verification is older than the
/// zone's interval.
/// </summary>
internal sealed partial class ScheduledVerifications(
    NpgsqlDataSource store, StartVerification start, ISpaces spaces, ILedger ledger, IsolationOptions options, TimeProvider time,
    ILogger<ScheduledVerifications> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Starts the one that is due longest, unless one runs; tells whether it did.</summary>
    internal async Task<bool> StartDueAsync(CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await VerificationStore.PruneAsync(connection, cancellationToken);
        var started = false;
        if (options.IntervalHours > 0 && await VerificationStore.CountRunningAsync(connection, cancellationToken) == 0
            && await VerificationStore.DueAsync(connection, TimeSpan.FromHours(options.IntervalHours), cancellationToken) is { } due
            && await spaces.FindAsync(connection, due, cancellationToken) is { } space
            && await start.RunAsync(connection, space, "schedule", cancellationToken) is { Ok: true, Value.Value: var row })
        {
            await ledger.AppendAsync(connection, new LedgerEntry(
                "system:isolation", "isolation.verify", "accepted", space.OrganizationId, $"/v1/organizations/{space.OrganizationName}/spaces/{space.Name}/isolation-verifications/{row.Name}",
                row.Id, Reason: $"schedule", OperationId: row.OperationId), cancellationToken);
            started = true;
        }

        await transaction.CommitAsync(cancellationToken);
        return started;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await StartDueAsync(stoppingToken);
            }
            catch (NpgsqlException e)
            {
                StoreAway(e);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The store does not answer; looking for spaces that are due for verification again in a minute.")]
    private partial void StoreAway(Exception exception);
}
