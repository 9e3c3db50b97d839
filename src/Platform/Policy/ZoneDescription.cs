namespace Beffroi.Platform.Policy;

/// <summary>What a zone declares of itself. The default is the zone <c>local</c>: one machine, no qualification, for evaluation.</summary>
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

    /// <summary>What it holds.</summary>
    public IReadOnlyList<Qualification> Qualifications { get; init; } = [];
}

/// <summary>A qualification or certification of a zone.</summary>
public sealed record Qualification
{
    /// <summary><c>SecNumCloud</c> or <c>HDS</c>.</summary>
    public required string Scheme { get; init; }

    /// <summary>The decision's or certificate's number.</summary>
    public required string Reference { get; init; }

    /// <summary>The last day on which it holds.</summary>
    public required DateOnly ValidUntil { get; init; }
}
