using System.Globalization;
using Beffroi.Agent.History;
using Beffroi.Contracts.Agents;
using Npgsql;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// Measures this node: of the instance what the kernel shows it (proc(5), «Control Group v2»), of PostgreSQL its statistics (PostgreSQL 17 documentation, chapter 27).
/// Holds no name and no statement of the customer's. Each measurement goes into the node's history, too.
/// </summary>
internal sealed class NodeMetrics(HistoryKeeper history, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(HistoryCatalogue.FineStep);

    // A timer may be a little early: a measurement of the last moment of the interval before would take that one's place.
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan SizesInterval = TimeSpan.FromMinutes(1);

    private const string Statistics = $"""
        with own as (select * from pg_stat_activity where backend_type = 'client backend' and usename not in ('postgres', '{NodeConfiguration.ReplicationRole}', '{NodeConfiguration.RewindRole}', '{NodeConfiguration.PoolerRole}')),
             databases as (
                select sum(xact_commit) as commits, sum(xact_rollback) as rollbacks, sum(blks_hit) as hits, sum(blks_read) as reads, sum(tup_returned) as returned,
                       sum(tup_fetched) as fetched, sum(tup_inserted) as inserted, sum(tup_updated) as updated, sum(tup_deleted) as deleted, sum(temp_bytes) as temporary,
                       sum(deadlocks) as deadlocks from pg_stat_database)
        select m.name, m.value::float8 from databases d, pg_stat_checkpointer c, pg_stat_wal w, lateral (values
            ('connections/active', (select count(*) from own where state = 'active')),
            ('connections/idle', (select count(*) from own where state = 'idle')),
            ('connections/idle_in_transaction', (select count(*) from own where state like 'idle in transaction%')),
            ('connections/other', (select count(*) from own where state is null or state not in ('active', 'idle', 'idle in transaction', 'idle in transaction (aborted)'))),
            ('connections_limit', current_setting('max_connections')::numeric - current_setting('superuser_reserved_connections')::numeric - current_setting('reserved_connections')::numeric),
            ('connections_waiting', (select count(*) from own where wait_event_type = 'Lock')),
            ('oldest_transaction_seconds', (select coalesce(extract(epoch from max(clock_timestamp() - xact_start)), 0) from own)),
            ('locks/held', (select count(*) from pg_locks where granted)),
            ('locks/waiting', (select count(*) from pg_locks where not granted)),
            ('transactions_total/commit', d.commits), ('transactions_total/rollback', d.rollbacks),
            ('blocks_total/cache', d.hits), ('blocks_total/beyond', d.reads),
            ('rows_total/returned', d.returned), ('rows_total/fetched', d.fetched), ('rows_total/inserted', d.inserted), ('rows_total/updated', d.updated), ('rows_total/deleted', d.deleted),
            ('temporary_bytes_total', d.temporary), ('deadlocks_total', d.deadlocks),
            ('checkpoints_total/time', c.num_timed), ('checkpoints_total/request', c.num_requested), ('wal_bytes_total', w.wal_bytes),
            ('transaction_age', (select max(age(datfrozenxid)) from pg_database)),
            ('replicas', (select count(*) from pg_stat_replication where state = 'streaming' and usename = '{NodeConfiguration.ReplicationRole}')),
            ('{HistorySampler.Extra.ReplicationLag}', case when pg_is_in_recovery() then pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) end),
            ('{HistorySampler.Extra.ArchiveAge}', case when not pg_is_in_recovery() then (select extract(epoch from clock_timestamp() - last_archived_time) from pg_stat_archiver) end)
        ) as m (name, value) where m.value is not null
        """;

    private readonly NpgsqlDataSource _source = new NpgsqlSlimDataSourceBuilder(
        $"Host={PostgresPaths.Socket};Username=postgres;Database=postgres;Application Name=beffroi-metrics;Timeout=3;Command Timeout=10;Maximum Pool Size=1;Options={PostgresSettings.OwnAudit}").Build();

    private volatile IReadOnlyDictionary<string, double> _measured = new Dictionary<string, double>();
    private Dictionary<string, double> _sizes = [];
    private DateTimeOffset _sizedAt;

    /// <summary>What was last measured, by the keys of <see cref="MetricCatalogue"/>.</summary>
    internal IReadOnlyDictionary<string, double> Measured => _measured;

    /// <summary>Measures every ten seconds of the clock until cancelled; what takes longer to find, every minute.</summary>
    internal async Task WatchAsync(NodeState state, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if (state.Desired?.Postgres is { } configuration)
            {
                var measured = new Dictionary<string, double>();
                Instance(measured);
                Storage(measured);
                try
                {
                    await PostgresAsync(measured, configuration, cancellationToken);
                }
#pragma warning disable CA1031 // Whatever it is, what is known is told, and it is measured on.
                catch (Exception)
#pragma warning restore CA1031
                {
                    // PostgreSQL is away, or busy.
                }

                _measured = measured.Where(m => !m.Key.StartsWith(HistorySampler.Extra.Prefix, StringComparison.Ordinal)).ToDictionary();
                if (history.Take(measured, configuration.Thresholds))
                {
                    state.FactsChanged.Notify();
                }
            }

            // By the clock, so that each has its own place in the history.
            var rest = TimeSpan.FromTicks(Interval.Ticks - (time.GetUtcNow().Ticks % Interval.Ticks)) + Margin;
            await Task.Delay(rest, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    /// <summary>Of the instance: processors and devices by its control group, where the host gives that account; memory as it sees it (proc(5); in a container lxcfs shows its own).</summary>
    internal static void Instance(Dictionary<string, double> measured)
    {
        // On a host with both versions of control groups, the second is mounted beside the first.
        if (Lines("/sys/fs/cgroup/cpu.stat").Concat(Lines("/sys/fs/cgroup/unified/cpu.stat")).FirstOrDefault(line => line.StartsWith("usage_usec ", StringComparison.Ordinal)) is { } usage
            && Parse(usage["usage_usec ".Length..]) is { } microseconds)
        {
            measured["cpu_seconds_total"] = microseconds / 1e6;
        }

        var memory = Lines("/proc/meminfo").Select(line => line.Split([':', ' '], StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 1)
            .ToDictionary(words => words[0], words => (Parse(words[1]) ?? 0) * 1024);
        if (memory.TryGetValue("MemTotal", out var limit) && memory.TryGetValue("MemAvailable", out var available))
        {
            (measured["memory_bytes"], measured["memory_limit_bytes"]) = (limit - available, limit);
        }

        // A line a device: «8:0 rbytes=1 wbytes=2 …».
        var io = Lines("/sys/fs/cgroup/io.stat").SelectMany(line => line.Split(' ')).Select(word => word.Split('=')).Where(pair => pair.Length == 2).ToList();
        if (io.Count > 0)
        {
            measured["io_bytes_total/read"] = Sum("rbytes");
            measured["io_bytes_total/write"] = Sum("wbytes");
        }

        double Sum(string name) => io.Where(pair => pair[0] == name).Sum(pair => Parse(pair[1]) ?? 0);
    }

    private static void Storage(Dictionary<string, double> measured)
    {
        var volume = new DriveInfo(PostgresPaths.Volume);
        measured[HistorySampler.Extra.StorageSize] = volume.TotalSize;
        measured[HistorySampler.Extra.Storage] = volume.TotalSize - volume.TotalFreeSpace;
    }

    private async Task PostgresAsync(Dictionary<string, double> measured, PostgresConfiguration configuration, CancellationToken cancellationToken)
    {
        await using (var command = _source.CreateCommand(Statistics))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                measured[reader.GetString(0)] = reader.GetDouble(1);
            }
        }

        if (time.GetUtcNow() - _sizedAt > SizesInterval && configuration.Databases.Count > 0)
        {
            _sizes = await SizesAsync(configuration.Databases[0].Name, cancellationToken);
            _sizedAt = time.GetUtcNow();
        }

        foreach (var (key, value) in _sizes)
        {
            measured[key] = value;
        }
    }

    private static async Task<Dictionary<string, double>> SizesAsync(string database, CancellationToken cancellationToken)
    {
        await using var connection = await CustomerDatabase.OpenAsync(database, cancellationToken);
        await using var command = new NpgsqlCommand("""
            select (select sum(pg_database_size(oid)) from pg_database)::float8, coalesce(sum(n_live_tup), 0)::float8, coalesce(sum(n_dead_tup), 0)::float8 from pg_stat_user_tables
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new() { ["databases_bytes"] = reader.GetDouble(0), ["rows/live"] = reader.GetDouble(1), ["rows/dead"] = reader.GetDouble(2) };
    }

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static double? Parse(string text) => double.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
