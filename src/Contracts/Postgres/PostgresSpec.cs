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
/// <param name="Parameters">
/// Settings of PostgreSQL by name, e.g. <c>work_mem</c>: <c>64MB</c>; those that may be set are listed at <c>postgres-parameters</c>. Null for none: what is
/// not named follows from the size.
/// </param>
/// <param name="Extensions">
/// Extensions that there shall be in the application's database, made where they are missing. Null for none. One that is taken off the list is not
/// dropped: that is the customer's own <c>drop extension</c>.
/// </param>
/// <param name="Databases">Databases beside <c>app</c>. Null for none.</param>
/// <param name="Roles">
/// Roles beside <c>app</c>; null for none. One that is taken off the list can't sign in any more, and is dropped as soon as nothing in a database is its own.
/// What was made by SQL is left alone.
/// </param>
/// <param name="AllowedNetworks">
/// IPv4 networks (CIDR) or addresses from which one connects; whoever is connected from elsewhere is signed out. Null for wherever the space's network lets in from.
/// </param>
/// <param name="Stopped">
/// While true it does not run: its nodes are stopped, its volumes closed and their keys out of the host's memory. It keeps its address, its backups and its
/// place in the quotas.
/// </param>
/// <param name="MaintenanceWindow">
/// When nodes are made anew from a newer image, and restarted where changed settings wait for that, by themselves. Null: a newer image is taken when it is asked for; three
/// nodes restart one after the other at once, and one restarts when it is asked to.
/// </param>
/// <param name="ClientAuthorities">
/// Certificate authorities (PEM, one each, that signed themselves) whose clients sign in as roles with <c>login: certificate</c>; at most 8. Null for none. One that is
/// taken off the list signs such roles out, and who has a certificate of another signs in again.
/// </param>
/// <param name="Alerts">Bounds to metrics, whose crossing is an alert; null for none.</param>
/// <param name="Pooler">
/// A connection pooler on each node, beside PostgreSQL's own port: many clients share few connections. Null for none. Whoever signs in with a certificate does so without it.
/// </param>
public sealed record PostgresSpec(
    string Version = "17", string Size = "s1", string Storage = "10GiB", bool DeletionProtection = true, string Availability = "single",
    PostgresBackupSpec? Backup = null, IReadOnlyDictionary<string, string>? Parameters = null, IReadOnlyList<string>? Extensions = null,
    IReadOnlyList<PostgresDatabaseSpec>? Databases = null, IReadOnlyList<PostgresRoleSpec>? Roles = null,
    IReadOnlyList<string>? AllowedNetworks = null, bool Stopped = false, MaintenanceWindow? MaintenanceWindow = null,
    IReadOnlyList<string>? ClientAuthorities = null, IReadOnlyList<PostgresAlertSpec>? Alerts = null,
    PostgresPoolerSpec? Pooler = null)
{
    /// <summary><see cref="Backup"/>, or the defaults.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public PostgresBackupSpec BackupOrDefault => Backup ?? new PostgresBackupSpec();

    /// <summary>Whether the same is asked for. Lists and maps count by what is in them.</summary>
    public bool Equals(PostgresSpec? other) =>
        other is not null
        && (Version, Size, Storage, DeletionProtection, Availability, Backup, Stopped, MaintenanceWindow, Pooler)
            == (other.Version, other.Size, other.Storage, other.DeletionProtection, other.Availability, other.Backup, other.Stopped, other.MaintenanceWindow, other.Pooler)
        && (Parameters?.Count ?? 0) == (other.Parameters?.Count ?? 0)
        && (Parameters is null || Parameters.All(p => other.Parameters!.TryGetValue(p.Key, out var value) && value == p.Value))
        && (Extensions ?? []).SequenceEqual(other.Extensions ?? [])
        && (Databases ?? []).SequenceEqual(other.Databases ?? [])
        && (Roles ?? []).SequenceEqual(other.Roles ?? [])
        && (AllowedNetworks ?? []).SequenceEqual(other.AllowedNetworks ?? [])
        && (ClientAuthorities ?? []).SequenceEqual(other.ClientAuthorities ?? [])
        && (Alerts ?? []).SequenceEqual(other.Alerts ?? []);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Version, Size, Storage, DeletionProtection, Availability, Backup, Parameters?.Count ?? 0, Roles?.Count ?? 0);
}
