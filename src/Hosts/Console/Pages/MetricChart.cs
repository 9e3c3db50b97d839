namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>A picture of a database's page of metrics: one or a few series of the same unit.</summary>
/// <param name="Key">In the address.</param>
/// <param name="Group">Under which heading it is.</param>
/// <param name="Series">As the API names them.</param>
internal sealed record MetricChart(string Key, string Group, params IReadOnlyList<string> Series)
{
    /// <summary>In the order in which they are shown.</summary>
    public static IReadOnlyList<MetricChart> All { get; } =
    [
        new("cpu", "load", "cpu"),
        new("memory", "load", "memory"),
        new("io", "load", "io-read", "io-write"),
        new("storage", "load", "storage", "databases"),
        new("transactions", "clients", "commits", "rollbacks"),
        new("connections", "clients", "connections-active", "connections-idle", "connections-idle-in-transaction"),
        new("waits", "clients", "connections-waiting", "locks-waiting"),
        new("oldest-transaction", "clients", "oldest-transaction"),
        new("cache", "work", "cache-hits"),
        new("rows", "work", "rows-read", "rows-changed"),
        new("temporary", "work", "temporary"),
        new("dead-rows", "work", "dead-rows"),
        new("checkpoints", "work", "checkpoints"),
        new("deadlocks", "work", "deadlocks"),
        new("wal", "safety", "wal"),
        new("replication", "safety", "replication-lag"),
        new("archive", "safety", "archive-age"),
    ];

    /// <summary>The one of this key; null for none.</summary>
    public static MetricChart? Find(string key) => All.FirstOrDefault(chart => chart.Key == key);
}
