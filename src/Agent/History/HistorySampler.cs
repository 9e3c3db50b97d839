using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.History;

/// <summary>Makes the numbers of a record out of what was measured: of what only grows, how much it grew since the measurement before. Not thread-safe.</summary>
internal sealed class HistorySampler
{
    private static readonly HistorySeries[] Series = [.. HistoryCatalogue.All];
    private IReadOnlyDictionary<string, double>? _before;

    /// <summary>The numbers by slot; NaN for what is not known, as are all rates after a start and after a counter began anew.</summary>
    /// <param name="measured">By the keys of <see cref="MetricCatalogue"/> and of <see cref="Extra"/>. Kept until the next call: it must not be changed any more.</param>
    /// <param name="elapsed">Since the call before.</param>
    internal float[] Take(IReadOnlyDictionary<string, double> measured, TimeSpan elapsed)
    {
        var numbers = new float[HistoryCatalogue.Slots];
        Array.Fill(numbers, float.NaN);
        foreach (var series in Series)
        {
            var value = Of(series.Name, measured, elapsed.TotalSeconds);
            numbers[series.Slot] = double.IsFinite(value) && value >= 0 ? (float)value : float.NaN;
        }

        _before = measured;
        return numbers;
    }

    private double Of(string series, IReadOnlyDictionary<string, double> measured, double seconds)
    {
        return series switch
        {
            "cpu" => Rate("cpu_seconds_total"),
            "memory" => Now("memory_bytes"),
            "memory-share" => Part(Now("memory_bytes"), Now("memory_limit_bytes")),
            "io-read" => Rate("io_bytes_total/read"),
            "io-write" => Rate("io_bytes_total/write"),
            "storage" => Now(Extra.Storage),
            "storage-share" => Part(Now(Extra.Storage), Now(Extra.StorageSize)),
            "databases" => Now("databases_bytes"),
            "connections-active" => Now("connections/active"),
            "connections-idle" => Now("connections/idle"),
            "connections-idle-in-transaction" => Now("connections/idle_in_transaction"),
            "connections-share" => Part(
                Now("connections/active") + Now("connections/idle") + Now("connections/idle_in_transaction") + Now("connections/other"), Now("connections_limit")),
            "connections-waiting" => Now("connections_waiting"),
            "locks-waiting" => Now("locks/waiting"),
            "oldest-transaction" => Now("oldest_transaction_seconds"),
            "commits" => Rate("transactions_total/commit"),
            "rollbacks" => Rate("transactions_total/rollback"),
            "cache-hits" => Share(Rate("blocks_total/cache"), Rate("blocks_total/beyond")),
            "rows-read" => Rate("rows_total/returned"),
            "rows-changed" => Rate("rows_total/inserted") + Rate("rows_total/updated") + Rate("rows_total/deleted"),
            "temporary" => Rate("temporary_bytes_total"),
            "deadlocks" => 60 * Rate("deadlocks_total"),
            "wal" => Rate("wal_bytes_total"),
            "checkpoints" => 60 * (Rate("checkpoints_total/time") + Rate("checkpoints_total/request")),
            "archive-age" => Now(Extra.ArchiveAge),
            "replication-lag" => Now(Extra.ReplicationLag),
            "dead-rows" => Share(Now("rows/dead"), Now("rows/live")),
            _ => double.NaN,
        };

        double Now(string key) => measured.TryGetValue(key, out var value) ? value : double.NaN;

        // Less than a second says nothing of a rate; a counter that is less than before began anew in between.
        double Rate(string key) =>
            seconds >= 1 && _before is not null && _before.TryGetValue(key, out var before) && measured.TryGetValue(key, out var now) && now >= before ? (now - before) / seconds : double.NaN;

        static double Share(double part, double rest) => Part(part, part + rest);

        static double Part(double part, double whole) => whole > 0 ? part / whole : double.NaN;
    }

    /// <summary>What is measured for the history alone, and not reported.</summary>
    internal static class Extra
    {
        internal const string Prefix = "history/";
        internal const string Storage = Prefix + "storage_bytes";
        internal const string StorageSize = Prefix + "storage_size_bytes";
        internal const string ArchiveAge = Prefix + "archive_age_seconds";
        internal const string ReplicationLag = Prefix + "replication_lag_bytes";
    }
}
