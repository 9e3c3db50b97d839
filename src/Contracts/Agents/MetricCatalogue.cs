using System.Collections.Frozen;

namespace Beffroi.Contracts.Agents;

/// <summary>A family of measurements.</summary>
/// <param name="Name">Without the prefix; its unit is its ending.</param>
/// <param name="IsCounter">Whether it only grows, but for restarts; else it is as of now.</param>
/// <param name="Help">What it is.</param>
/// <param name="Label">What tells its series apart; null where there is one.</param>
/// <param name="Values">The label's values.</param>
public sealed record MetricFamily(string Name, bool IsCounter, string Help, string? Label = null, params IReadOnlyList<string> Values)
{
    /// <summary>Its series' keys on the wire: the name, and the label's value after a slash.</summary>
    public IEnumerable<(string Key, string? Value)> Series => Label is null ? [(Name, null)] : Values.Select(value => (Name + "/" + value, (string?)value));
}

/// <summary>
/// What is measured of a database's node. Names and units follow Prometheus' conventions. No series carries a customer's own words: whoever keeps them learns
/// how much there is, never what.
/// </summary>
public static class MetricCatalogue
{
    /// <summary>In the order in which they are shown.</summary>
    public static IReadOnlyList<MetricFamily> All { get; } =
    [
        new("cpu_seconds_total", true, "Time of processors that all processes of the node have used."),
        new("memory_bytes", false, "Memory in use, without what the kernel can take back at once."),
        new("memory_limit_bytes", false, "The most that there can be."),
        new("io_bytes_total", true, "Read from and written to the host's devices.", "direction", "read", "write"),
        new("connections", false, "Customers' connections, by what they do.", "state", "active", "idle", "idle_in_transaction", "other"),
        new("connections_limit", false, "The most customers' connections that there can be."),
        new("connections_waiting", false, "Customers' connections that wait for a lock."),
        new("oldest_transaction_seconds", false, "How long the oldest transaction of a customer's connection has been open; 0 for none."),
        new("locks", false, "Locks that are held, and that are waited for.", "state", "held", "waiting"),
        new("transactions_total", true, "Transactions that have ended.", "outcome", "commit", "rollback"),
        new("blocks_total", true, "Blocks of 8 kB that were read, from the cache or from beyond it.", "source", "cache", "beyond"),
        new("rows_total", true, "Rows that statements returned, fetched and changed.", "action", "returned", "fetched", "inserted", "updated", "deleted"),
        new("temporary_bytes_total", true, "Written to temporary files."),
        new("deadlocks_total", true, "Deadlocks that were found."),
        new("checkpoints_total", true, "Checkpoints, by what called for them.", "cause", "time", "request"),
        new("wal_bytes_total", true, "WAL that was written."),
        new("transaction_age", false, "Transactions since the oldest that is not frozen yet; PostgreSQL stops writes before 2147483648."),
        new("databases_bytes", false, "Size of all databases; looked at every minute."),
        new("rows", false, "Rows of the application's database by the planner's statistics, dead ones as bloat that vacuum will take away; looked at every minute.", "state", "live", "dead"),
        new("replicas", false, "Replicas that stream from this node."),
    ];

    /// <summary>Every key on the wire.</summary>
    public static FrozenSet<string> Keys { get; } = All.SelectMany(family => family.Series).Select(series => series.Key).ToFrozenSet(StringComparer.Ordinal);
}
