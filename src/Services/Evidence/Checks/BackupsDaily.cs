using System.Globalization;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Every database that runs has a backup of the last day, by itself.</summary>
internal sealed class BackupsDaily : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "backups-daily",
        new("Databases are backed up every day, automatically", "Les bases sont sauvegardées chaque jour, automatiquement"),
        new(
            "The end of the newest backup of each database that is not stopped, as its repository told it last: 26 hours old at most, whatever its schedule says. It shows nothing of the platform's own store, which its operator backs up.",
            "La fin de la dernière sauvegarde de chaque base qui n'est pas arrêtée, selon son dépôt : 26 heures au plus, quoi que dise son calendrier. Cela ne montre rien de la base de la plateforme même, que sauvegarde son opérateur."),
        Enforced: true,
        "secnumcloud-3.2/12.5.a", "secnumcloud-3.2/19.1.m")
    {
        JudgesBy = [ConfigurationFiles.Databases],
    };

    // A database that was made today may have none yet.
    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var databases = await connection.Statement("""
            select s.name || '/' || r.name, b.at < now() - interval '26 hours' or (b.at is null and r.created_at < now() - interval '26 hours'), b.at
            from platform.resources r join platform.spaces s on s.id = r.space_id
            cross join lateral (select (r.status -> 'backup' ->> 'lastBackupAt')::timestamptz as at) b
            where s.organization_id = $1 and r.kind = 'postgres' and not r.spare and r.deletion_requested_at is null and not coalesce((r.spec ->> 'stopped')::boolean, false)
            order by 1
            """, organizationId).ListAsync(r => (Database: r.GetString(0), Old: r.Nullable<bool>(1) is true, At: r.Nullable<DateTimeOffset>(2)), cancellationToken);
        var (old, waiting) = (databases.Where(d => d.Old).Select(d => d.Database).ToList(), databases.Where(d => d.At is null).Select(d => d.Database).ToList());
        return databases.Count == 0 ? new Observation(null, new("There is no database that runs.", "Il n'y a pas de base en marche."))
            : old.Count > 0 ? new Observation(false, new($"No backup of the last day: {string.Join(", ", old)}.", $"Pas de sauvegarde du dernier jour : {string.Join(", ", old)}."))
            : waiting.Count > 0 ? new Observation(null, new($"No first backup yet: {string.Join(", ", waiting)}.", $"Pas encore de première sauvegarde : {string.Join(", ", waiting)}."))
            : new Observation(true, new(
                string.Create(CultureInfo.InvariantCulture, $"All {databases.Count} databases have one; the oldest is of {databases.Min(d => d.At):yyyy-MM-dd HH:mm} UTC."),
                string.Create(CultureInfo.InvariantCulture, $"Les {databases.Count} bases en ont une ; la plus ancienne est du {databases.Min(d => d.At):yyyy-MM-dd HH:mm} UTC.")));
    }
}
