namespace Beffroi.Contracts;

/// <summary>What came of looking for a customer's rows on the host that they lie on.</summary>
/// <param name="Space">Whose databases had the rows, as <c>organization/space</c>.</param>
/// <param name="Databases">The databases that had them.</param>
/// <param name="At">When it began (UTC).</param>
/// <param name="Verdict"><c>passed</c>, or <c>failed</c> if anything was not as expected.</param>
/// <param name="Attempts">Each look, in the order in which it was taken.</param>
/// <param name="Without">The space's databases that were not ready, stopped ones for instance: no row of theirs was looked for. Null or empty if there were none.</param>
public sealed record EncryptionVerification(
    string Space, IReadOnlyList<string> Databases, DateTimeOffset At, string Verdict, IReadOnlyList<EncryptionAttempt> Attempts, IReadOnlyList<string>? Without = null);

/// <summary>One look, or one attempt to get past the seal.</summary>
/// <param name="State"><c>open</c>, <c>stopped</c> (open, with the space's databases stopped), <c>sealed</c> or <c>unsealed</c>: how the organization was.</param>
/// <param name="What">What was tried, in words.</param>
/// <param name="Expected">What keeps the promise.</param>
/// <param name="Observed">What came of it.</param>
/// <param name="Verdict"><c>passed</c> or <c>failed</c>.</param>
public sealed record EncryptionAttempt(string State, string What, string Expected, string Observed, string Verdict);

/// <summary>A verification that was handed in.</summary>
/// <param name="Name">Unique in its space.</param>
/// <param name="At">When it began, UTC.</param>
/// <param name="Verdict"><c>passed</c> or <c>failed</c>.</param>
/// <param name="Sealed">Whether it looked while the organization was sealed, too.</param>
/// <param name="ReportedBy">Who handed it in.</param>
/// <param name="Note">The signed evidence (<see cref="EncryptionEvidence"/>); in the answer to handing it in.</param>
public sealed record EncryptionReport(string Name, DateTimeOffset At, string Verdict, bool Sealed, string ReportedBy, string? Note = null);

/// <summary>The content of the evidence file: below its first line, as one line of JSON, in a signed note (C2SP signed-note). The signature says who handed it in and when; what was found is their word.</summary>
/// <param name="SpaceId">The space's id.</param>
/// <param name="ReportedBy">Who handed it in.</param>
/// <param name="ReportedAt">UTC, by the platform's clock.</param>
/// <param name="Verification">The whole result.</param>
public sealed record EncryptionEvidence(Guid SpaceId, string ReportedBy, DateTimeOffset ReportedAt, EncryptionVerification Verification)
{
    /// <summary>The first line of the note's text.</summary>
    public const string Format = "beffroi encryption evidence v1";
}
