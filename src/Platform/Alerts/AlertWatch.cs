using Beffroi.Platform.Access.Reviews;
using Beffroi.Platform.Store;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Alerts;

/// <summary>Raises and resolves alerts as <see cref="AlertSweep"/> finds them, and reminds the operator of its own reviews: one replica at a time.</summary>
internal sealed partial class AlertWatch(NpgsqlDataSource source, OperatorReviewReminders reminders, TimeProvider time, ILogger<AlertWatch> log) : PeriodicService(Interval, time)
{
    // "bfal" in ASCII.
    private const long Lock = 0x6266616c;
    private const int ReviewsEvery = 12;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private int _round;

    /// <summary>Waits for a sweep under way, and keeps others from beginning until the caller's transaction ends: two of them would wait for each other over the same alerts.</summary>
    public static Task EnterAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.Statement("select pg_advisory_xact_lock($1)", Lock).RunAsync(cancellationToken);

    /// <summary>Looks once; false if another replica does at this moment.</summary>
    public async Task<bool> SweepAsync(bool reviews, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var locked = await connection.Statement("select pg_try_advisory_xact_lock($1)", Lock).ListAsync(r => r.GetBoolean(0), cancellationToken);
        if (!locked[0])
        {
            return false;
        }

        await AlertSweep.ConditionsAsync(connection, cancellationToken);
        await AlertSweep.LockboxAsync(connection, cancellationToken);
        await AlertSweep.BreakGlassAsync(connection, cancellationToken);
        if (reviews)
        {
            await AlertSweep.ReviewsAsync(connection, cancellationToken);
            await reminders.RemindAsync(connection, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    protected override Task RoundAsync(CancellationToken cancellationToken) => SweepAsync(reviews: _round++ % ReviewsEvery == 0, cancellationToken);

    [LoggerMessage(Level = LogLevel.Error, Message = "What needs attention could not be looked for; tried again in a moment.")]
    protected override partial void Failed(Exception e);
}
