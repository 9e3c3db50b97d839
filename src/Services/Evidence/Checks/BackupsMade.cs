using System.Globalization;
using Beffroi.Contracts.Evidence;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Each database has a backup that is not late, and its WAL is archived.</summary>
internal sealed class BackupsMade : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "backups-made",
        new("Databases are backed up, in copies that nobody can delete", "Les bases sont sauvegardées, en copies que nul ne peut supprimer"),
        new(
            "The conditions BackupReady and WalArchived of each database: its last backup is no older than its schedule says, lies in its space's repository under a lock, and WAL is archived as it is written. The repository is on the same host: this shows no copy elsewhere.",
            "Les conditions BackupReady et WalArchived de chaque base : sa dernière sauvegarde n'est pas plus ancienne que ne le veut son calendrier, elle est dans le dépôt de son espace sous un verrou, et les WAL sont archivés à mesure. Le dépôt est sur le même hôte : cela ne montre pas de copie ailleurs."),
        Enforced: true,
        "secnumcloud-3.2/12.5.b", "secnumcloud-3.2/17.6.a")
    {
        JudgesBy = [ConfigurationFiles.Databases],
        LedgerActions = ["postgres.backup.create"],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        // A condition that waits is of a database that is being made, or whose first backup is; a database may wait for a day.
        var databases = await connection.Statement("""
            select s.name || '/' || r.name, o.name, s.name, r.name,
                   bool_or(c ->> 'holds' = 'false' and (c ->> 'reason' <> 'Waiting' or r.created_at < now() - interval '1 day')),
                   count(*) filter (where c ->> 'holds' = 'true') = 2
            from platform.resources r join platform.spaces s on s.id = r.space_id join platform.organizations o on o.id = s.organization_id
            left join lateral jsonb_array_elements(coalesce(r.status::jsonb -> 'conditions', '[]')) c on c ->> 'type' in ('BackupReady', 'WalArchived')
            where s.organization_id = $1 and r.kind = 'postgres' and not r.spare and r.deletion_requested_at is null
            group by 1, 2, 3, 4 order by 1
            """, organizationId).ListAsync(
            r => (Database: r.GetString(0), Path: $"/v1/organizations/{r.GetString(1)}/spaces/{r.GetString(2)}/postgres/{r.GetString(3)}/backups", Fails: r.Nullable<bool>(4) is true, Holds: r.GetBoolean(5)),
            cancellationToken);
        var (failing, waiting) = (databases.Where(d => d.Fails).Select(d => d.Database).ToList(), databases.Where(d => !d.Holds).Select(d => d.Database).ToList());
        var (holds, message) = databases.Count == 0 ? ((bool?)null, new LocalText("There is no database yet.", "Il n'y a pas encore de base."))
            : failing.Count > 0 ? (false, new LocalText($"Backups or WAL are late or fail: {string.Join(", ", failing)}.", $"Sauvegardes ou WAL en retard ou en échec : {string.Join(", ", failing)}."))
            : waiting.Count > 0 ? (null, new LocalText($"No first backup yet: {string.Join(", ", waiting)}.", $"Pas encore de première sauvegarde : {string.Join(", ", waiting)}."))
            : (true, new LocalText(
                string.Create(CultureInfo.InvariantCulture, $"{databases.Count} of {databases.Count} databases have a current backup and archive their WAL."),
                string.Create(CultureInfo.InvariantCulture, $"{databases.Count} bases sur {databases.Count} ont une sauvegarde à jour et archivent leurs WAL.")));
        return new Observation(holds, message) { Sources = [.. databases.Select(d => d.Path)] };
    }
}
