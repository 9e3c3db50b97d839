using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Resources;

/// <summary>Removes what has served its time: events and kept answers older than a day. Any number of replicas may do it.</summary>
internal sealed partial class Sweeper(NpgsqlDataSource store, TimeProvider time, ILogger<Sweeper> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(10), time);
        while (await timer.WaitForNextTickAsync(stoppingToken).AsTask().ContinueWith(
            t => t.IsCompletedSuccessfully && t.Result, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default))
        {
            try
            {
                await using var command = store.CreateCommand(
                    """
                    with old as (delete from platform.events where at < now() - interval '1 day')
                    delete from platform.idempotency_keys where created_at < now() - interval '1 day'
                    """);
                await command.ExecuteNonQueryAsync(stoppingToken);
            }
            catch (Exception failure) when (failure is NpgsqlException or OperationCanceledException)
            {
                NotSwept(logger, failure);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Old events could not be removed; it is tried again in ten minutes.")]
    private static partial void NotSwept(ILogger logger, Exception failure);
}
