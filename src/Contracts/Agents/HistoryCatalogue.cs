using System.Collections.Frozen;

namespace Beffroi.Contracts.Agents;

/// <summary>What a series' numbers are.</summary>
public enum HistoryUnit
{
    /// <summary>A count.</summary>
    Count,

    /// <summary>A part of a whole, 0 to 1.</summary>
    Share,

    /// <summary>Bytes.</summary>
    Bytes,

    /// <summary>Bytes a second.</summary>
    BytesPerSecond,

    /// <summary>So many a second.</summary>
    PerSecond,

    /// <summary>So many a minute.</summary>
    PerMinute,

    /// <summary>Seconds.</summary>
    Seconds,

    /// <summary>Processors: 1 is one that is busy all the time.</summary>
    Processors,
}

/// <summary>A measurement of a node over time.</summary>
/// <param name="Name">In the API.</param>
/// <param name="Slot">Its place in a record, 0 to <see cref="HistoryCatalogue.Slots"/> - 1. Never given to another: what was recorded before an update is read after it.</param>
/// <param name="Unit">What its numbers are.</param>
/// <param name="Help">What it is.</param>
public sealed record HistorySeries(string Name, int Slot, HistoryUnit Unit, string Help);

/// <summary>
/// What each node of a database keeps of its measurements, on its encrypted volume and nowhere else. What only grows is kept as a rate, so that a mean, a least and a most of it say something.
/// </summary>
public static class HistoryCatalogue
{
    /// <summary>Places in a record.</summary>
    public const int Slots = 32;

    /// <summary>Seconds from one measurement to the next.</summary>
    public const int FineStep = 10;

    /// <summary>How many measurements are kept one by one: those of a day.</summary>
    public const int FineCount = 86_400 / FineStep;

    /// <summary>Seconds that are kept as a mean, a least and a most.</summary>
    public const int CoarseStep = 300;

    /// <summary>How many of those are kept: five weeks of them.</summary>
    public const int CoarseCount = 35 * 86_400 / CoarseStep;

    /// <summary>The most points of a series in one answer.</summary>
    public const int MostPoints = 1500;

    /// <summary>In the order in which they are shown.</summary>
    public static IReadOnlyList<HistorySeries> All { get; } =
    [
        new("cpu", 0, HistoryUnit.Processors, "Processors that the node's processes kept busy."),
        new("memory", 1, HistoryUnit.Bytes, "Memory in use, without what the kernel can take back at once."),
        new("memory-share", 25, HistoryUnit.Share, "The part of the memory that is in use."),
        new("io-read", 2, HistoryUnit.BytesPerSecond, "Read from the host's devices."),
        new("io-write", 3, HistoryUnit.BytesPerSecond, "Written to the host's devices."),
        new("storage", 4, HistoryUnit.Bytes, "Used of the encrypted data volume."),
        new("storage-share", 24, HistoryUnit.Share, "The part of the encrypted data volume that is used."),
        new("databases", 5, HistoryUnit.Bytes, "Size of all databases."),
        new("connections-active", 6, HistoryUnit.Count, "Customers' connections that run a statement."),
        new("connections-idle", 7, HistoryUnit.Count, "Customers' connections that do nothing."),
        new("connections-idle-in-transaction", 8, HistoryUnit.Count, "Customers' connections that do nothing while a transaction is open."),
        new("connections-share", 26, HistoryUnit.Share, "Customers' connections as a part of those that there can be."),
        new("connections-waiting", 9, HistoryUnit.Count, "Customers' connections that wait for a lock."),
        new("locks-waiting", 10, HistoryUnit.Count, "Locks that are waited for."),
        new("oldest-transaction", 11, HistoryUnit.Seconds, "How long the oldest transaction of a customer's connection has been open."),
        new("commits", 12, HistoryUnit.PerSecond, "Transactions that were committed."),
        new("rollbacks", 13, HistoryUnit.PerSecond, "Transactions that were rolled back."),
        new("cache-hits", 14, HistoryUnit.Share, "The part of the blocks read that was in PostgreSQL's cache."),
        new("rows-read", 15, HistoryUnit.PerSecond, "Rows and entries of indexes that scans went through."),
        new("rows-changed", 16, HistoryUnit.PerSecond, "Rows that were inserted, updated and deleted."),
        new("temporary", 17, HistoryUnit.BytesPerSecond, "Written to temporary files."),
        new("deadlocks", 18, HistoryUnit.PerMinute, "Deadlocks that were found."),
        new("wal", 19, HistoryUnit.BytesPerSecond, "WAL that was written."),
        new("checkpoints", 20, HistoryUnit.PerMinute, "Checkpoints."),
        new("archive-age", 21, HistoryUnit.Seconds, "How long ago WAL was last archived; of the primary."),
        new("replication-lag", 22, HistoryUnit.Bytes, "What a replica has received and not replayed yet."),
        new("dead-rows", 23, HistoryUnit.Share, "The part of the application's rows that vacuum will take away."),
    ];

    /// <summary>By name.</summary>
    public static FrozenDictionary<string, HistorySeries> ByName { get; } = All.ToFrozenDictionary(series => series.Name, StringComparer.Ordinal);

    /// <summary>A unit's word in the API.</summary>
    public static string NameOf(HistoryUnit unit) => unit switch
    {
        HistoryUnit.Count => "count",
        HistoryUnit.Share => "share",
        HistoryUnit.Bytes => "bytes",
        HistoryUnit.BytesPerSecond => "bytes-per-second",
        HistoryUnit.PerSecond => "per-second",
        HistoryUnit.PerMinute => "per-minute",
        HistoryUnit.Seconds => "seconds",
        HistoryUnit.Processors => "processors",
        _ => throw new ArgumentOutOfRangeException(nameof(unit)),
    };
}
