using Beffroi.Reconciling;
using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Agents;

/// <summary>
/// Wakes the reconciler of a resource whose agent has fallen silent: its instance may have stopped, the host may have been restarted.
/// Once for each silence; from then on the reconciler looks by itself. Any number of replicas may run it.
/// </summary>
internal sealed partial class SilentAgents(NpgsqlDataSource store, ISignals signals, TimeProvider time, ILogger<SilentAgents> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private const string Notice = """
        update platform.agents a set silence_noticed_at = now()
        from platform.resources r
        where r.id = a.resource_id
          and a.last_seen_at < now() - make_interval(secs => @limit)
          and (a.silence_noticed_at is null or a.silence_noticed_at < a.last_seen_at)
        returning r.kind as Kind, r.id as Id
        """;

    /// <summary>Notices the silent ones once and signals their resources; returns how many.</summary>
    internal async Task<int> NoticeAsync(CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var silent = (await connection.QueryAsync<(string Kind, Guid Id)>(new CommandDefinition(
            Notice, new { limit = AgentRecord.SilenceLimit.TotalSeconds }, transaction, cancellationToken: cancellationToken))).AsList();
        foreach (var (kind, id) in silent)
        {
            await signals.SignalAsync(connection, new WorkKey(kind, id), cancellationToken: cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return silent.Count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await NoticeAsync(stoppingToken);
            }
            catch (NpgsqlException e)
            {
                StoreAway(e);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The store does not answer; looking for silent agents again in a moment.")]
    private partial void StoreAway(Exception exception);
}
