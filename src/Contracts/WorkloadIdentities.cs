namespace Beffroi.Contracts;

/// <summary>Whose tokens a service account takes for its own: a program elsewhere (a pod, a pipeline) that has one needs no secret of ours.</summary>
/// <param name="Name">The account's own name for it.</param>
/// <param name="Issuer">Exactly what the tokens have as <c>iss</c>; an https address, below which its keys are found (OpenID Connect Discovery 1.0) unless they are given.</param>
/// <param name="Audience">What they must have as <c>aud</c>.</param>
/// <param name="Subject">Exactly what they must have as <c>sub</c>.</param>
/// <param name="Claims">Other claims that they must have, with exactly these values.</param>
/// <param name="Keys">The issuer's public keys as a JSON Web Key Set (RFC 7517), where they can't be fetched; null to fetch them.</param>
/// <param name="Authority">PEM of the certificate authorities to trust when they are fetched; null for the system's.</param>
public sealed record WorkloadIdentity(
    string Name, string Issuer, string Audience, string Subject, IReadOnlyDictionary<string, string> Claims, string? Keys, string? Authority);

/// <summary>The content of a workload identity; see <see cref="WorkloadIdentity"/>.</summary>
/// <param name="Issuer">At most 500 characters.</param>
/// <param name="Audience">At most 500 characters.</param>
/// <param name="Subject">At most 500 characters.</param>
/// <param name="Claims">At most ten.</param>
/// <param name="Keys">At most 20000 characters.</param>
/// <param name="Authority">At most 20000 characters.</param>
public sealed record PutWorkloadIdentity(
    string Issuer, string Audience, string Subject, IReadOnlyDictionary<string, string>? Claims = null, string? Keys = null, string? Authority = null);
