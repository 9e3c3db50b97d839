namespace Beffroi.Services.Evidence;

/// <summary>Where the slice's things are.</summary>
internal static class EvidenceRoutes
{
    public const string Tag = "Evidence";
    public const string All = "/v1/organizations/{organization}/evidence";
    public const string Findings = All + "/findings";
    public const string Frameworks = All + "/frameworks";
    public const string One = Frameworks + "/{framework}";
    public const string Bundle = One + "/bundle";
    public const string Attestations = "/attestations";
    public const string EncryptionReports = "/v1/organizations/{organization}/spaces/{space}/encryption-verifications";
    public const string OfOperator = "/operator/v1/evidence/frameworks/{framework}";
}
