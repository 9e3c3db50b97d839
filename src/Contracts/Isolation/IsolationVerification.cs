namespace Beffroi.Contracts.Isolation;

/// <summary>One proof of a space's isolation: attacks that were really tried, and what came of them.</summary>
/// <param name="Id">Never reused.</param>
/// <param name="Organization">The space's owner.</param>
/// <param name="Space">The space under test.</param>
/// <param name="Name">Unique in the space; sorts by time.</param>
/// <param name="Trigger"><c>request</c> or <c>schedule</c>.</param>
/// <param name="Verdict">
/// <c>running</c>; <c>passed</c> if every attack failed and every control succeeded; <c>failed</c> if an attack succeeded; <c>inconclusive</c> if
/// something could not be tried, or a control failed.
/// </param>
/// <param name="Message">What it is doing, or what came of it, in a sentence.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="FinishedAt">UTC, of the verdict; null while running.</param>
/// <param name="Attempts">Each attempt; empty until the verdict.</param>
/// <param name="EvidenceSha256">SHA-256 of the signed evidence, hexadecimal; null while running.</param>
/// <param name="Operation">The operation that shows its progress.</param>
public sealed record IsolationVerification(
    Guid Id,
    string Organization,
    string Space,
    string Name,
    string Trigger,
    string Verdict,
    string Message,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FinishedAt,
    IReadOnlyList<IsolationAttempt> Attempts,
    string? EvidenceSha256,
    Guid? Operation);

/// <summary>One attempt.</summary>
/// <param name="Name">Stable, in kebab case, e.g. <c>tcp</c>.</param>
/// <param name="From"><c>inside</c> the space, or <c>outside</c> it in another organization's; <c>platform</c> for what the host and the control plane show.</param>
/// <param name="What">A sentence: what was tried, on what.</param>
/// <param name="Expected"><c>blocked</c> or <c>allowed</c>.</param>
/// <param name="Observed"><c>blocked</c>, <c>reached</c>, or <c>unable</c> where it could not be tried.</param>
/// <param name="Control">Whether the same, tried where it has to work, worked: <c>reached</c>, <c>failed</c>, or <c>none</c> where there is no such place.</param>
/// <param name="Verdict"><c>passed</c>, <c>failed</c> or <c>inconclusive</c>.</param>
/// <param name="Tried">How many addresses, ports or calls.</param>
/// <param name="Reached">What answered or arrived, the first 16.</param>
/// <param name="Detail">Anything else to know; null for nothing.</param>
public sealed record IsolationAttempt(
    string Name,
    string From,
    string What,
    string Expected,
    string Observed,
    string Control,
    string Verdict,
    int Tried,
    IReadOnlyList<string> Reached,
    string? Detail = null);

/// <summary>What an operator learns of a verification.</summary>
/// <param name="Name">Of the verification.</param>
/// <param name="Verdict"><c>running</c>, <c>passed</c>, <c>failed</c> or <c>inconclusive</c>.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="FinishedAt">UTC; null while running.</param>
public sealed record IsolationVerdict(string Name, string Verdict, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt);

/// <summary>The content of the evidence file: below its first line, as one line of JSON, in a signed note (C2SP signed-note).</summary>
/// <param name="Installation">The installation's name.</param>
/// <param name="Zone">Where it was tried.</param>
/// <param name="SpaceId">The space's id.</param>
/// <param name="Network">The space's network, in CIDR form.</param>
/// <param name="Allowed">What was open by the organization's own will: peerings and allow-list, in words.</param>
/// <param name="Verification">The whole result.</param>
public sealed record IsolationEvidence(
    string Installation, string Zone, Guid SpaceId, string Network, IReadOnlyList<string> Allowed, IsolationVerification Verification)
{
    /// <summary>The first line of the note's text.</summary>
    public const string Format = "beffroi isolation evidence v1";
}
