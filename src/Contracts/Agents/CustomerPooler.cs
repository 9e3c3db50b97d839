namespace Beffroi.Contracts.Agents;

/// <summary>What a connection pooler may be. The agent takes nothing else, whoever sends it.</summary>
public static class CustomerPooler
{
    /// <summary>Where customers connect to it.</summary>
    public const int Port = 6432;

    /// <summary>The fewest clients that there can be a bound for.</summary>
    public const int LeastClients = 10;

    /// <summary>The most: each takes some of the node's memory.</summary>
    public const int MostClients = 5000;

    /// <summary>Unless told.</summary>
    public const int UsualClients = 1000;

    /// <summary>When a connection to PostgreSQL is free for the next client.</summary>
    public static IReadOnlyList<string> Modes { get; } = ["transaction", "session"];
}
