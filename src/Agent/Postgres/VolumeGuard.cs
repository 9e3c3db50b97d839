using Npgsql;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// Stops writes before a full volume would stop a primary: WAL that finds no room ends PostgreSQL, and WAL that can't be archived is never thrown away.
/// Above 95 % of the volume transactions begin read-only; above 97.5 % statements of those that had begun before are cancelled. Below 92 % all is as
/// before. Whoever must write to make room still can, by saying so: <c>begin read write</c>. The log is kept within its part of the volume, too.
/// </summary>
internal sealed class VolumeGuard(TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private const double ReadOnlyAbove = 0.95;
    private const double CancelAbove = 0.975;
    private const double WritableBelow = 0.92;

    private readonly NpgsqlDataSource _source = new NpgsqlSlimDataSourceBuilder(
        $"Host={PostgresPaths.Socket};Username=postgres;Database=postgres;Application Name=beffroi-guard;Timeout=3;Command Timeout=10;Maximum Pool Size=1;Options=-c default_transaction_read_only=off {PostgresSettings.OwnAudit}").Build();
    private volatile bool _readOnly;
    private bool _known;

    /// <summary>Whether transactions begin read-only now.</summary>
    internal bool ReadOnly => _readOnly;

    /// <summary>Looks every second until cancelled. The database is asked only where the volume is almost full, or was.</summary>
    internal async Task WatchAsync(NodeState state, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (state.Desired?.Postgres is null)
            {
                continue;
            }

            var volume = new DriveInfo(PostgresPaths.Volume);
            PruneLog(volume.TotalSize);
            var used = 1 - ((double)volume.AvailableFreeSpace / volume.TotalSize);
            if (_known && !_readOnly && used <= ReadOnlyAbove)
            {
                continue;
            }

            try
            {
                var before = _readOnly;
                await GuardAsync(used, cancellationToken);
                if (before != _readOnly)
                {
                    Log.Write(_readOnly ? "The volume is almost full: transactions begin read-only." : "There is room on the volume again: transactions begin as usual.");
                    state.FactsChanged.Notify();
                }
            }
#pragma warning disable CA1031 // Whatever it is, the volume is guarded on.
            catch (Exception)
#pragma warning restore CA1031
            {
                // PostgreSQL is away, or busy: in a second again.
            }
        }
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private void PruneLog(long volumeBytes)
    {
        try
        {
            LogFiles.Prune(PostgresPaths.Log, volumeBytes, time.GetUtcNow());
        }
        catch (IOException e)
        {
            Log.Write("The log can't be pruned: " + e.Message);
        }
    }

    private async Task GuardAsync(double used, CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        await using var present = new NpgsqlCommand("""
            select exists (select from pg_file_settings where name = 'default_transaction_read_only' and setting = 'on' and sourcefile like '%postgresql.auto.conf'),
                   pg_is_in_recovery()
            """, connection);
        bool guarded, standby;
        await using (var reader = await present.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            (guarded, standby) = (reader.GetBoolean(0), reader.GetBoolean(1));
        }

        if (!standby && used > ReadOnlyAbove && !guarded)
        {
            await SwitchAsync(connection, "alter system set default_transaction_read_only = on", cancellationToken);
            guarded = true;
        }
        else if (used < WritableBelow && guarded)
        {
            await SwitchAsync(connection, "alter system reset default_transaction_read_only", cancellationToken);
            guarded = false;
        }

        if (!standby && guarded && used > CancelAbove)
        {
            // Those that began as read-only and were made to write, to make room, are let be.
            await RunAsync(connection, """
                select pg_cancel_backend(a.pid) from pg_stat_activity a, pg_stat_file('postgresql.auto.conf') f
                where a.backend_type = 'client backend' and a.backend_xid is not null and a.state = 'active' and a.xact_start < f.modification and a.pid <> pg_backend_pid()
                """, cancellationToken);
        }

        (_readOnly, _known) = (guarded, true);
    }

    private static async Task SwitchAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await RunAsync(connection, sql, cancellationToken);
        await RunAsync(connection, "select pg_reload_conf()", cancellationToken);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
