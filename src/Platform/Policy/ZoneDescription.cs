namespace Beffroi.Platform.Policy;

/// <summary>How the zone is run, from <c>server.json</c>. What its operator declares of it is in the store: <see cref="ZoneTable"/>.</summary>
public sealed record ZoneDescription
{
    /// <summary>Its name, as in a space's <c>zone</c>.</summary>
    public string Name { get; init; } = "local";

    /// <summary>Hours between two verifications of each space's isolation that the platform makes by itself, 1 to 744; 0 for none.</summary>
    public int IsolationVerificationHours { get; init; } = 24;

    /// <summary>
    /// How many PostgreSQLs are kept ready in each space that has one, so that the next is there at once: 0 or 1. Each takes a node's memory.
    /// </summary>
    public int Spares { get; init; } = 1;
}
