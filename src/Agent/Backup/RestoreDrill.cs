using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Beffroi.Agent.Files;
using Beffroi.Agent.Postgres;
using Beffroi.Contracts.Agents;
using Google.Protobuf;
using Npgsql;

namespace Beffroi.Agent.Backup;

/// <summary>
/// Proves a backup by restoring it: on the repository's own encrypted volume, in a PostgreSQL that listens on no network and archives nothing, to
/// the end of the archive; checks every table and index; takes it all away again.
/// </summary>
internal sealed class RestoreDrill(IBackupTool tool, TimeProvider time)
{
    private const string Sockets = BackupPaths.DrillData + "/run";
    private readonly Account _postgres = Account.Of("postgres");

    /// <summary>Runs one; whatever goes wrong is its finding, not an exception.</summary>
    internal async Task<DrillFacts> RunAsync(RepositoryConfiguration.Types.Stanza stanza, StanzaFacts facts, string id, CancellationToken cancellationToken)
    {
        var began = time.GetUtcNow();
        var result = new DrillFacts
        {
            Id = id.Length > 0 ? id : Guid.CreateVersion7().ToString("D"),
            Backup = facts.Backups[^1].Name,
            StartedAt = began.ToUnixTimeSeconds(),
        };
        var data = BackupPaths.DrillData + "/" + stanza.Name;
        try
        {
            RequireSpace(facts.Backups[^1].SizeBytes);
            await RemoveAsync(stanza.MajorVersion, data, cancellationToken);
            PrivateFile.Directory(data, _postgres);
            PrivateFile.Directory(Sockets, _postgres);
            await tool.RestoreForDrillAsync(stanza.Name, cancellationToken);
            await StartAsync(stanza.MajorVersion, data, cancellationToken);
            await RecoveredAsync(result, began, cancellationToken);
            await CheckAsync(stanza.MajorVersion, result, cancellationToken);
            result.Passed = true;
            result.Finding = "Restored, recovered to the end of the archive, every table and index checked.";
        }
#pragma warning disable CA1031 // A drill that fails is a result, and the most important one.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            var text = e.Message.ReplaceLineEndings(" ");
            result.Finding = text.Length > 300 ? text[^300..] : text;
        }
        finally
        {
            await RemoveAsync(stanza.MajorVersion, data, CancellationToken.None);
        }

        result.FinishedAt = time.GetUtcNow().ToUnixTimeSeconds();
        return result;
    }

    private static void RequireSpace(long bytes)
    {
        var free = new DriveInfo(PostgresPaths.Volume).AvailableFreeSpace;
        if (free < bytes + (bytes / 4))
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The repository's volume has {free >> 20} MiB free; the drill needs {(bytes + (bytes / 4)) >> 20} MiB."));
        }
    }

    private static async Task StartAsync(int majorVersion, string data, CancellationToken cancellationToken)
    {
        // Only the agent and postgres reach the socket's directory.
        await File.WriteAllTextAsync(data + "/drill_hba.conf", "local all postgres trust\n", cancellationToken);
        File.SetUnixFileMode(data + "/drill_hba.conf", UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        string[] settings =
        [
            "listen_addresses=", "unix_socket_directories=" + Sockets, "hba_file=" + data + "/drill_hba.conf", "ssl=off", "archive_mode=off", "shared_buffers=64MB",
            "hot_standby=off", "fsync=off", "logging_collector=off", "default_transaction_read_only=off", "autovacuum=off",
        ];
        await SystemCommand.RunAsAsync(
            "postgres", PostgresPaths.Binaries(majorVersion) + "/pg_ctl",
            ["--pgdata=" + data, "--wait", "--timeout=86400", "--silent", "--log=" + data + "/drill.log", "--options=" + string.Join(' ', settings.Select(s => "-c " + s)), "start"],
            cancellationToken);
    }

    private async Task RecoveredAsync(DrillFacts result, DateTimeOffset began, CancellationToken cancellationToken)
    {
        await using var source = Source("postgres");
        while (!await AcceptsAsync(source, cancellationToken))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
        }

        result.RtoMilliseconds = (long)(time.GetUtcNow() - began).TotalMilliseconds;
        await using var last = source.CreateCommand("select coalesce(extract(epoch from pg_last_xact_replay_timestamp()), 0)::float8");
        var recovered = (double)(await last.ExecuteScalarAsync(cancellationToken))!;
        // No transaction since the backup: then the backup's own end is the newest state known.
        var until = recovered > 0 ? DateTimeOffset.FromUnixTimeMilliseconds((long)(recovered * 1000)) : began;
        result.RpoMilliseconds = Math.Max(0, (long)(began - until).TotalMilliseconds);
    }

    private static async Task<bool> AcceptsAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = source.CreateCommand("select not pg_is_in_recovery()");
            return await command.ExecuteScalarAsync(cancellationToken) is true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.CannotConnectNow)
        {
            // It recovers.
            return false;
        }
    }

    private static async Task CheckAsync(int majorVersion, DrillFacts result, CancellationToken cancellationToken)
    {
        await SystemCommand.RunAsAsync(
            "postgres", PostgresPaths.Binaries(majorVersion) + "/pg_amcheck",
            ["--host=" + Sockets, "--username=postgres", "--all", "--install-missing", "--heapallindexed"], cancellationToken);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var postgres = Source("postgres");
        var names = new List<string>();
        await using (var command = postgres.CreateCommand("select datname from pg_database where datallowconn and not datistemplate order by datname collate \"C\""))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                names.Add(reader.GetString(0));
            }
        }

        foreach (var name in names)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name + "\n"));
            await CountAsync(name, result, hash, cancellationToken);
        }

        result.Databases = names.Count;
        result.ContentSha256 = ByteString.CopyFrom(hash.GetHashAndReset());
    }

    // Every table is read from its first row to its last; the sum of row hashes doesn't depend on their order.
    private static async Task CountAsync(string database, DrillFacts result, IncrementalHash hash, CancellationToken cancellationToken)
    {
        await using var source = Source(database);
        await using var command = source.CreateCommand("""
            select line, split_part(line, ' ', 1)::bigint from (
                select (xpath('/row/line/text()', query_to_xml(format(
                    'select count(*) || '' '' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) as line from only %s t', c.oid::regclass), false, true, '')))[1]::text
                    || ' ' || n.nspname || '.' || c.relname as line
                from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where c.relkind in ('r', 'm') and c.relpersistence = 'p' and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
                order by n.nspname collate "C", c.relname collate "C") tables
            """);
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(reader.GetString(0) + "\n"));
            result.Tables++;
            result.Rows += reader.GetInt64(1);
        }
    }

    private static NpgsqlDataSource Source(string database) => new NpgsqlSlimDataSourceBuilder(
        new NpgsqlConnectionStringBuilder { Host = Sockets, Username = "postgres", Database = database, Pooling = false, Timeout = 15 }.ConnectionString).Build();

    private static async Task RemoveAsync(int majorVersion, string data, CancellationToken cancellationToken)
    {
        if (File.Exists(data + "/postmaster.pid"))
        {
            try
            {
                await SystemCommand.RunAsAsync(
                    "postgres", PostgresPaths.Binaries(majorVersion) + "/pg_ctl", ["--pgdata=" + data, "--mode=immediate", "--wait", "--silent", "stop"], cancellationToken);
            }
            catch (InvalidOperationException e)
            {
                Log.Write("The drill's PostgreSQL had stopped already: " + e.Message);
            }
        }

        if (Directory.Exists(data))
        {
            Directory.Delete(data, recursive: true);
        }
    }
}
