namespace Beffroi.Services.Postgres;

/// <summary>Where the service's resources are.</summary>
internal static class PostgresRoutes
{
    public const string Kind = "postgres";
    public const string Tag = "PostgreSQL";
    public const string All = "/v1/organizations/{organization}/spaces/{space}/postgres";
    public const string One = All + "/{name}";
    public const string RotatePassword = One + "/roles/{role}/rotate-password";
    public const string Metrics = One + "/metrics";
    public const string History = Metrics + "/history";
    public const string SpaceMetrics = "/v1/organizations/{organization}/spaces/{space}/postgres-metrics";
    public const string Parameters = "/v1/organizations/{organization}/spaces/{space}/postgres-parameters";
    public const string Extensions = "/v1/organizations/{organization}/spaces/{space}/postgres-extensions";
}
