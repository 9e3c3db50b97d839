namespace Beffroi.Contracts;

/// <summary>A problem document (RFC 9457) as the API sends it.</summary>
/// <param name="Type">URI <c>urn:beffroi:problem:…</c>; stable.</param>
/// <param name="Title">What kind of problem.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Detail">What happened and what to do.</param>
/// <param name="Instance">The request's id, to be found in the ledger.</param>
/// <param name="Errors">The fields at fault.</param>
public sealed record ProblemDocument(string Type, string Title, int Status, string Detail, string? Instance, IReadOnlyList<Kernel.FieldError>? Errors);
