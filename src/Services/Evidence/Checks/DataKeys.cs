using System.Globalization;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Every database has a key of its own, wrapped under its organization's.</summary>
internal sealed class DataKeys : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "data-keys",
        new("Each database's volume has a key of its own", "Le volume de chaque base a sa propre clé"),
        new(
            "That each database, and each kept ready, has a wrapped key and that none is another organization's. `beffroi verify encryption` looks on the disks themselves.",
            "Que chaque base, et chaque base tenue prête, a une clé emballée et qu'aucune n'est d'une autre organisation. `beffroi verify encryption` regarde sur les disques mêmes."),
        Enforced: true,
        "secnumcloud-3.2/10.1.a")
    {
        JudgesBy = [ConfigurationFiles.Keys, ConfigurationFiles.Databases],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            select count(*),
                   count(*) filter (where r.created_at < now() - interval '15 minutes' and not exists (select from platform.resource_keys k where k.resource_id = r.id)),
                   count(*) filter (where exists (select from platform.resource_keys k where k.resource_id = r.id and k.organization_id <> s.organization_id))
            from platform.resources r join platform.spaces s on s.id = r.space_id where s.organization_id = $1 and r.kind = 'postgres'
            """, organizationId).FirstAsync(
            r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2)) switch
            {
                (0, _, _) => new Observation(null, new("There is no database yet.", "Il n'y a pas encore de base.")),
                (var all, 0, 0) => new Observation(true, new(
                    string.Create(CultureInfo.InvariantCulture, $"All {all} have one."), string.Create(CultureInfo.InvariantCulture, $"Toutes ({all}) en ont une."))),
                var (all, none, alien) => new Observation(false, new(
                    string.Create(CultureInfo.InvariantCulture, $"Of {all}, {none} have none and {alien} have another organization's."),
                    string.Create(CultureInfo.InvariantCulture, $"Sur {all}, {none} n'en ont pas et {alien} ont celle d'une autre organisation."))),
            },
            cancellationToken))!;
}
