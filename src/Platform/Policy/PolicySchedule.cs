using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Policy;

/// <summary>Has all spaces evaluated every hour, so that what lapses with a day is seen on it.</summary>
internal sealed partial class PolicySchedule(NpgsqlDataSource store, IPolicy policy, TimeProvider time, ILogger<PolicySchedule> log) : PeriodicService(Interval, time)
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

    protected override Task RoundAsync(CancellationToken cancellationToken) => RunAsync(cancellationToken);

    [LoggerMessage(LogLevel.Warning, "The rules of spaces could not be evaluated; again in an hour.")]
    protected override partial void Failed(Exception e);
}
