namespace Beffroi.Services.Isolation;

/// <summary>Where the slice's things are.</summary>
internal static class IsolationRoutes
{
    public const string Kind = "isolation-verification";
    public const string Tag = "Isolation";
    public const string All = "/v1/organizations/{organization}/spaces/{space}/isolation-verifications";
    public const string One = All + "/{verification}";
}
