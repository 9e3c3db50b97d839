using Beffroi.Reconciling;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Services.Evidence;

/// <summary>Has every organization looked after from its first minutes on.</summary>
internal sealed partial class NewOrganizations(NpgsqlDataSource store, ISignals signals, TimeProvider time, ILogger<NewOrganizations> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    internal async Task SignalAsync(CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        foreach (var organization in await FindingTable.NewOrganizationsAsync(connection, cancellationToken))
        {
            await signals.SignalAsync(connection, new WorkKey(EvidenceReconciler.WorkKind, organization), cancellationToken: cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await SignalAsync(stoppingToken);
            }
            catch (NpgsqlException e)
            {
                StoreAway(e);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The store does not answer; looking for new organizations again in a while.")]
    private partial void StoreAway(Exception exception);
}
