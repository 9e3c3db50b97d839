using System.Text;
using Beffroi.Agent.Files;
using Beffroi.Agent.Postgres;
using Beffroi.Contracts.Agents;
using Grpc.Net.Client;
using Npgsql;

namespace Beffroi.Agent.Backup;

/// <summary>
/// A database node's side of backup: may push to its repository and be read by it. Watches that WAL gets there, and leaves a heartbeat in it.
/// </summary>
internal sealed class NodeBackup(Account postgres, string instanceId, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BusyHeartbeat = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan IdleHeartbeat = TimeSpan.FromMinutes(5);

    private readonly PeerCertificate _certificate = new(BackupPaths.Tls, postgres, instanceId, time, ofSpace: true);
    private readonly NpgsqlDataSource _source = new NpgsqlSlimDataSourceBuilder(
        $"Host={PostgresPaths.Socket};Username=postgres;Database=postgres;Application Name=beffroi-backup;Timeout=3;Command Timeout=10;Maximum Pool Size=2;Options=-c default_transaction_read_only=off {PostgresSettings.OwnAudit}").Build();
    private readonly Queue<(DateTimeOffset At, string Segment)> _heartbeats = new();
    private volatile ArchiveFacts? _facts;
    private DateTimeOffset _lastHeartbeat;
    private string _lastLsn = "";
    private long _restorableUntil;

    /// <summary>Ensures configuration and server. True if something changed: then PostgreSQL's archiver ought to look again.</summary>
    internal async Task<bool> EnsureAsync(PostgresConfiguration configuration, GrpcChannel? connection, CancellationToken cancellationToken)
    {
        if (configuration.Backup is null && configuration.Restore is null)
        {
            return false;
        }

        foreach (var directory in new[] { BackupPaths.Directory, BackupPaths.Spool })
        {
            PrivateFile.Directory(directory, postgres);
        }

        var renewed = await _certificate.EnsureAsync(connection, cancellationToken);
        var changed = PrivateFile.Write(BackupPaths.Configuration, Encoding.ASCII.GetBytes(PgBackRestConfiguration.Node(configuration)), postgres);
        if (configuration.Backup is not null)
        {
            await BackupServer.EnsureAsync(letsIn: true, changed || renewed, cancellationToken);
        }

        if (configuration.Backup is { Waits: true })
        {
            File.Delete(BackupPaths.Stanza);
            return changed;
        }

        // Last: from then on the archive command pushes.
        return configuration.Backup is { } backup && (PrivateFile.Write(BackupPaths.Stanza, Encoding.ASCII.GetBytes(string.Join('\n', [backup.Stanza, .. backup.Also])), postgres) | changed);
    }

    /// <summary>What was last found of the archive while this node was the primary; null if it is none, or is not known to be.</summary>
    internal ArchiveFacts? Facts => _facts?.Clone();

    /// <summary>Watches the archive until cancelled, whether the control plane is there or not.</summary>
    internal async Task WatchAsync(NodeState state, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (state.Desired?.Postgres is not { } configuration)
            {
                continue;
            }

            var before = _facts;
            try
            {
                _facts = await ReadAsync(configuration, cancellationToken);
            }
#pragma warning disable CA1031 // Whatever it is, the archive is watched on.
            catch (Exception)
#pragma warning restore CA1031
            {
                // Away for a moment, or for longer, which others tell.
            }

            if (before?.Failing != _facts?.Failing || before?.RestorableUntil != _facts?.RestorableUntil)
            {
                state.FactsChanged.Notify();
            }
        }
    }

    // Null on a replica.
    private async Task<ArchiveFacts?> ReadAsync(PostgresConfiguration configuration, CancellationToken cancellationToken)
    {
        var facts = new ArchiveFacts { Configured = configuration.Backup is { Waits: false } };
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        await using (var replica = new NpgsqlCommand("select pg_is_in_recovery()", connection))
        {
            if (await replica.ExecuteScalarAsync(cancellationToken) is true)
            {
                _heartbeats.Clear();
                return null;
            }
        }

        if (configuration.Backup is { Waits: false } backup)
        {
            await BeatAsync(connection, backup.Also.Count > 0, cancellationToken);
        }

        await using (var command = new NpgsqlCommand("""
            select coalesce(last_archived_wal, ''), coalesce(extract(epoch from last_archived_time), 0)::bigint,
                   coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false), coalesce(extract(epoch from last_failed_time), 0)::bigint,
                   (select count(*) from pg_ls_archive_statusdir() where name like '%.ready') * pg_settings.setting::bigint
            from pg_stat_archiver, pg_settings where pg_settings.name = 'wal_segment_size'
            """, connection))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            facts.LastArchivedWal = reader.GetString(0);
            facts.LastArchivedAt = reader.GetInt64(1);
            facts.Failing = facts.Configured && reader.GetBoolean(2);
            facts.FailingSince = facts.Failing ? reader.GetInt64(3) : 0;
            facts.WaitingBytes = reader.GetInt64(4);
        }

        // Names of segments of one timeline sort as they follow each other; a timeline's history and its partial last segment come out of order.
        var archived = facts.LastArchivedWal;
        var upTo = archived.EndsWith(".backup", StringComparison.Ordinal) ? archived.Split('.')[0] : archived.Contains('.', StringComparison.Ordinal) ? "" : archived;
        while (_heartbeats.TryPeek(out var beat) && string.CompareOrdinal(beat.Segment, upTo) <= 0)
        {
            _restorableUntil = beat.At.ToUnixTimeMilliseconds();
            _heartbeats.Dequeue();
        }

        facts.RestorableUntil = _restorableUntil;
        return facts;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    // A transaction of its own now and then: then a restore can go to any second until it, also while the customer writes nothing. Often while the key of
    // backups changes, which waits for one.
    private async Task BeatAsync(NpgsqlConnection connection, bool often, CancellationToken cancellationToken)
    {
        await using var lsn = new NpgsqlCommand("select pg_current_wal_insert_lsn()::text", connection);
        var at = (string)(await lsn.ExecuteScalarAsync(cancellationToken))!;
        var since = time.GetUtcNow() - _lastHeartbeat;
        if (!often && (since < BusyHeartbeat || (at == _lastLsn && since < IdleHeartbeat)))
        {
            return;
        }

        // The commit that follows is later than this time, so that recovery to it finds where to stop.
        await using var beat = new NpgsqlCommand("select clock_timestamp(), pg_logical_emit_message(true, 'beffroi', '')::text", connection);
        DateTimeOffset when;
        await using (var reader = await beat.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            when = reader.GetFieldValue<DateTimeOffset>(0);
        }

        await using var after = new NpgsqlCommand("select pg_walfile_name(pg_current_wal_insert_lsn()), pg_current_wal_insert_lsn()::text", connection);
        await using (var reader = await after.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            _heartbeats.Enqueue((when, reader.GetString(0)));
            _lastLsn = reader.GetString(1);
        }

        _lastHeartbeat = time.GetUtcNow();
        while (_heartbeats.Count > 1000)
        {
            _heartbeats.Dequeue();
        }
    }
}
