using Beffroi.Kernel;

namespace Beffroi.Platform.Http;

/// <summary>The answer to an accepted request, and what the ledger shall say of it.</summary>
/// <param name="Status">200 to 202.</param>
/// <param name="Json">The body.</param>
public sealed record Accepted(int Status, string Json)
{
    /// <summary>Headers of the answer.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>On which resource.</summary>
    public Guid? ResourceId { get; init; }

    /// <summary>The generation of its spec.</summary>
    public long? Generation { get; init; }

    /// <summary>The operation that was begun.</summary>
    public Guid? OperationId { get; init; }

    /// <summary>A short detail for the ledger, e.g. <c>unchanged</c>.</summary>
    public LedgerReason? Note { get; init; }

    /// <summary>Whether it is an answer that was given before, to the same request.</summary>
    public bool Replayed { get; init; }

    /// <summary>What the rules said of it, for the ledger; of a change in a space it needs no telling, unless the space is new or its label changes.</summary>
    public LedgerReason? Policy { get; init; }

    /// <summary>Who agreed to it beforehand, for the ledger, beside a second person under the two-person rule.</summary>
    public string? ApprovedBy { get; init; }

    /// <summary>Prints no content: it may hold credentials.</summary>
    public override string ToString() => Status.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
