namespace Beffroi.Services.Postgres.Backup;

/// <summary>Where backup's parts of the API are.</summary>
internal static class BackupRoutes
{
    public const string Backups = PostgresRoutes.One + "/backups";
    public const string Drills = PostgresRoutes.One + "/drills";
    public const string Restores = PostgresRoutes.One + "/restores";
    public const string Repository = "/v1/organizations/{organization}/spaces/{space}/backup-repository";
    public const string Repair = Repository + "/repair";
    public const string RotateKey = Repository + "/rotate-key";
}
