using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Policy;

/// <summary>Has all spaces evaluated every hour, so that what lapses with a day is seen on it.</summary>
internal sealed partial class PolicySchedule(NpgsqlDataSource store, IPolicy policy, TimeProvider time, ILogger<PolicySchedule> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Once.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await policy.EvaluateAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (NpgsqlException e)
            {
                StoreAway(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Warning, "The store does not answer; evaluating the rules of spaces again in an hour.")]
    private partial void StoreAway(Exception exception);
}
