namespace Beffroi.Contracts.Postgres;

/// <summary>A size that a PostgreSQL's nodes can have.</summary>
/// <param name="Name">As in the spec.</param>
/// <param name="Cpus">Whole CPUs of each node.</param>
/// <param name="MemoryGiB">Memory of each node, all processes together.</param>
public sealed record PostgresSizeOffer(string Name, int Cpus, int MemoryGiB);

/// <summary>The table of sizes.</summary>
public static class PostgresSizes
{
    /// <summary>From the smallest to the largest.</summary>
    public static IReadOnlyList<PostgresSizeOffer> All { get; } = [new("s1", 1, 1), new("s2", 2, 4), new("s4", 4, 16), new("s8", 8, 32)];
}
