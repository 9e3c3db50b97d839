using System.Text;
using Beffroi.Agent.Files;
using Beffroi.Agent.Postgres;
using Beffroi.Contracts.Agents;
using Grpc.Net.Client;
using Npgsql;

namespace Beffroi.Agent.Backup;

/// <summary>
/// A database node's side of backup: may push to its repository and be read by it. Watches that WAL gets there, leaves a heartbeat in it, and
/// stops writes before a full volume would stop the database.
/// </summary>
internal sealed class NodeBackup(Account postgres, string instanceId, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan BusyHeartbeat = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan IdleHeartbeat = TimeSpan.FromMinutes(5);
    private const double ReadOnlyAbove = 0.95;
    private const double WritableBelow = 0.92;

    private readonly PeerCertificate _certificate = new(BackupPaths.Tls, postgres, instanceId, time, ofSpace: true);
    private readonly NpgsqlDataSource _source = new NpgsqlSlimDataSourceBuilder(
        $"Host={PostgresPaths.Socket};Username=postgres;Database=postgres;Application Name=beffroi-backup;Timeout=3;Command Timeout=10;Maximum Pool Size=2;Options=-c default_transaction_read_only=off").Build();
    private readonly Queue<(DateTimeOffset At, string Segment)> _heartbeats = new();
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
            await BackupServer.EnsureAsync(changed || renewed, cancellationToken);
        }

        // Last: from then on the archive command pushes.
        return configuration.Backup is { } backup && (PrivateFile.Write(BackupPaths.Stanza, Encoding.ASCII.GetBytes(backup.Stanza), postgres) | changed);
    }

    /// <summary>What is the case with the archive; the node must be a primary. Null if PostgreSQL does not answer now.</summary>
    internal async Task<ArchiveFacts?> GatherAsync(PostgresConfiguration configuration, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(configuration, cancellationToken);
        }
        catch (NpgsqlException e)
        {
            Log.Write("The archive's state can't be read: " + e.Message);
            return null;
        }
    }

    private async Task<ArchiveFacts> ReadAsync(PostgresConfiguration configuration, CancellationToken cancellationToken)
    {
        var facts = new ArchiveFacts { Configured = configuration.Backup is not null, RestorableUntil = _restorableUntil };
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        if (facts.Configured)
        {
            await BeatAsync(connection, cancellationToken);
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

        // Names of segments of one timeline sort as they follow each other.
        while (_heartbeats.TryPeek(out var beat) && string.CompareOrdinal(beat.Segment, facts.LastArchivedWal.Split('.')[0]) <= 0)
        {
            _restorableUntil = beat.At.ToUnixTimeMilliseconds();
            _heartbeats.Dequeue();
        }

        facts.RestorableUntil = _restorableUntil;
        facts.ReadOnly = await GuardAsync(connection, cancellationToken);
        return facts;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    // A transaction of its own now and then: then a restore can go to any second until it, also while the customer writes nothing.
    private async Task BeatAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var lsn = new NpgsqlCommand("select pg_current_wal_insert_lsn()::text", connection);
        var at = (string)(await lsn.ExecuteScalarAsync(cancellationToken))!;
        var since = time.GetUtcNow() - _lastHeartbeat;
        if (since < BusyHeartbeat || (at == _lastLsn && since < IdleHeartbeat))
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

    // WAL that can't be archived is never thrown away in silence. Before it fills the volume, transactions begin read-only: whoever must write to make
    // room still can, by saying so (begin read write).
    private static async Task<bool> GuardAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var volume = new DriveInfo(PostgresPaths.Volume);
        var used = 1 - ((double)volume.AvailableFreeSpace / volume.TotalSize);
        await using var present = new NpgsqlCommand("select exists (select from pg_file_settings where name = 'default_transaction_read_only' and setting = 'on')", connection);
        var guarded = await present.ExecuteScalarAsync(cancellationToken) is true;
        if (used > ReadOnlyAbove && !guarded)
        {
            await RunAsync(connection, "alter system set default_transaction_read_only = on", cancellationToken);
        }
        else if (used < WritableBelow && guarded)
        {
            await RunAsync(connection, "alter system reset default_transaction_read_only", cancellationToken);
        }
        else
        {
            return guarded;
        }

        await RunAsync(connection, "select pg_reload_conf()", cancellationToken);
        return used > ReadOnlyAbove;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
