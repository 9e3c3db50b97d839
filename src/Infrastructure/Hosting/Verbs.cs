namespace Beffroi.Infrastructure.Hosting;

/// <summary>The host's endpoints: POST to each, one request in, one answer out.</summary>
internal static class Verbs
{
    public const string EnsureNetwork = "ensure-network";
    public const string RemoveNetwork = "remove-network";
    public const string EnsurePolicy = "ensure-policy";
    public const string InspectIsolation = "inspect-isolation";
    public const string EnsureVolume = "ensure-volume";
    public const string RekeyVolume = "rekey-volume";
    public const string LockVolume = "lock-volume";
    public const string RemoveVolume = "remove-volume";
    public const string EnsureInstance = "ensure-instance";
    public const string SetToken = "set-token";
    public const string StopInstance = "stop-instance";
    public const string RemoveInstance = "remove-instance";
    public const string GetHost = "get-host";
    public const string EnsureBackupLocks = "ensure-backup-locks";
    public const string RepairBackups = "repair-backups";
    public const string GetInventory = "get-inventory";

    public static string Path(string verb) => "/v1/" + verb;
}
