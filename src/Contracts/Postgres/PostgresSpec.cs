namespace Beffroi.Contracts.Postgres;

/// <summary>What a customer asks for.</summary>
/// <param name="Version">Major version: <c>17</c>. Can't be changed later (yet).</param>
/// <param name="Size">A name from the table of sizes: <c>s1</c>, <c>s2</c>, <c>s4</c>, <c>s8</c>.</param>
/// <param name="Storage">Of the data volume, e.g. <c>10GiB</c>; 1GiB to 16TiB. Can grow later, not shrink.</param>
/// <param name="DeletionProtection">While true, the resource can't be deleted.</param>
/// <param name="Availability">
/// <c>single</c>: one node. <c>ha</c>: three; a commit waits for one of the two others, as long as there is any. <c>ha-strict</c>: three; a commit
/// waits for one of the two others even if that takes for ever.
/// </param>
/// <param name="Backup">When backups are made and how long they are kept; null for the defaults.</param>
public sealed record PostgresSpec(
    string Version = "17", string Size = "s1", string Storage = "10GiB", bool DeletionProtection = true, string Availability = "single",
    PostgresBackupSpec? Backup = null)
{
    /// <summary><see cref="Backup"/>, or the defaults.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public PostgresBackupSpec BackupOrDefault => Backup ?? new PostgresBackupSpec();
}
