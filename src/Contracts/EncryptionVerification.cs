namespace Beffroi.Contracts;

/// <summary>What came of looking for a customer's rows on the host that they lie on.</summary>
/// <param name="Space">Whose databases had the rows, as <c>organization/space</c>.</param>
/// <param name="Databases">The databases that had them.</param>
/// <param name="At">When it began (UTC).</param>
/// <param name="Verdict"><c>passed</c>, or <c>failed</c> if anything was not as expected.</param>
/// <param name="Attempts">Each look, in the order in which it was taken.</param>
public sealed record EncryptionVerification(string Space, IReadOnlyList<string> Databases, DateTimeOffset At, string Verdict, IReadOnlyList<EncryptionAttempt> Attempts);

/// <summary>One look, or one attempt to get past the seal.</summary>
/// <param name="State"><c>open</c>, <c>sealed</c> or <c>unsealed</c>: how the organization was.</param>
/// <param name="What">What was tried, in words.</param>
/// <param name="Expected">What keeps the promise.</param>
/// <param name="Observed">What came of it.</param>
/// <param name="Verdict"><c>passed</c> or <c>failed</c>.</param>
public sealed record EncryptionAttempt(string State, string What, string Expected, string Observed, string Verdict);
