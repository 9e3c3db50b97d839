using System.Globalization;
using Beffroi.Contracts.Evidence;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>A backup of each database was really restored, not long ago.</summary>
internal sealed class RestoresDrilled : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "restores-drilled",
        new("Backups are restored as a drill", "Les sauvegardes sont restaurées à titre d'exercice"),
        new(
            "The newest restore drill of each database: restored beside its repository, read and counted, with a certificate on the ledger. It measures how long a restore takes there, not how long yours would take elsewhere.",
            "Le dernier exercice de restauration de chaque base : restaurée auprès de son dépôt, lue et comptée, avec un certificat au registre. Il mesure la durée d'une restauration à cet endroit, pas ailleurs."),
        Enforced: false,
        "secnumcloud-3.2/12.5.c", "secnumcloud-3.2/17.3.a")
    {
        JudgesBy = [ConfigurationFiles.Databases],
        // Two of the weekly drills may be missed.
        GoodFor = TimeSpan.FromDays(15),
        LedgerActions = ["postgres.restore-drill"],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var databases = await connection.Statement("""
            select s.name || '/' || r.name, o.name, s.name, r.name, d.passed, d.finished_at
            from platform.resources r join platform.spaces s on s.id = r.space_id join platform.organizations o on o.id = s.organization_id
            left join lateral (select passed, finished_at from platform.restore_drills where resource_id = r.id order by finished_at desc limit 1) d on true
            where s.organization_id = $1 and r.kind = 'postgres' and not r.spare and r.deletion_requested_at is null
            order by 1
            """, organizationId).ListAsync(
            r => (Database: r.GetString(0), Path: $"/v1/organizations/{r.GetString(1)}/spaces/{r.GetString(2)}/postgres/{r.GetString(3)}/drills", Passed: r.Nullable<bool>(4), At: r.Nullable<DateTimeOffset>(5)),
            cancellationToken);
        var (failed, open) = (databases.Where(d => d.Passed is false).Select(d => d.Database).ToList(), databases.Where(d => d.Passed is null).Select(d => d.Database).ToList());
        var (holds, message) = databases.Count == 0 ? ((bool?)null, new LocalText("There is no database yet.", "Il n'y a pas encore de base."))
            : failed.Count > 0 ? (false, new LocalText($"The last drill failed: {string.Join(", ", failed)}.", $"Le dernier exercice a échoué : {string.Join(", ", failed)}."))
            : open.Count > 0 ? (null, new LocalText($"No drill yet: {string.Join(", ", open)}.", $"Pas encore d'exercice : {string.Join(", ", open)}."))
            : (true, new LocalText(
                string.Create(CultureInfo.InvariantCulture, $"A backup of each of {databases.Count} databases was restored and read."),
                string.Create(CultureInfo.InvariantCulture, $"Une sauvegarde de chacune des {databases.Count} bases a été restaurée et lue.")));
        return new Observation(holds, message)
        {
            ObservedAt = holds is null ? null : databases.Min(d => d.At),
            Sources = [.. databases.Where(d => d.Passed is not null).Select(d => d.Path)],
        };
    }
}
