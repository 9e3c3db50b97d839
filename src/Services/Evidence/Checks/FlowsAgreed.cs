using System.Globalization;
using Beffroi.Contracts.Evidence;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>What spaces open is the organization's own, and the packet filter has it as it is agreed.</summary>
internal sealed class FlowsAgreed : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "flows-agreed",
        new("Spaces open only what was agreed, and that is in force", "Les espaces n'ouvrent que ce qui est convenu, et c'est en vigueur"),
        new(
            "That every peering is between spaces of the organization's own, and that the packet filter was given the newest list of peerings and of ways out of each space. It is what the platform did: `beffroi verify isolation` tries whether the filter does it.",
            "Que chaque interconnexion joint des espaces de l'organisation même, et que le filtre a reçu la dernière liste des interconnexions et des sorties de chaque espace. C'est ce qu'a fait la plateforme : `beffroi verify isolation` essaie si le filtre s'y tient."),
        Enforced: true,
        "secnumcloud-3.2/9.7.a", "secnumcloud-3.2/13.1.a")
    {
        JudgesBy = [ConfigurationFiles.Network],
        LedgerActions = ["peering.update", "egress.update"],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        // Behind for a second or two is what a change is; what is past its deadline won't come by itself.
        var spaces = await connection.Statement("""
            select s.name,
                   exists (select from platform.peerings p join platform.spaces f on f.id = p.from_space_id join platform.spaces t on t.id = p.to_space_id
                           where s.id in (f.id, t.id) and f.organization_id <> t.organization_id),
                   g.generation is distinct from g.applied_generation,
                   exists (select from reconciling.work w where w.kind = 'space-policy' and w.id = s.id and (w.alerted_at is not null or w.deadline_at < now())),
                   (select count(*) from platform.peerings p where p.from_space_id = s.id and p.accepted_at is not null), (select count(*) from platform.egress_rules e where e.space_id = s.id)
            from platform.spaces s left join platform.space_policies g on g.space_id = s.id
            where s.organization_id = $1 and not exists (select from platform.throw_away_spaces t where t.space_id = s.id) order by s.name
            """, organizationId).ListAsync(
            r => (Space: r.GetString(0), Foreign: r.GetBoolean(1), Behind: r.GetBoolean(2), Late: r.GetBoolean(3), Peerings: r.GetInt64(4), Ways: r.GetInt64(5)), cancellationToken);
        var foreign = spaces.Where(s => s.Foreign).Select(s => s.Space).ToList();
        var late = spaces.Where(s => s.Behind && s.Late).Select(s => s.Space).ToList();
        var behind = spaces.Where(s => s.Behind).Select(s => s.Space).ToList();
        var (peerings, ways) = (spaces.Sum(s => s.Peerings), spaces.Sum(s => s.Ways));
        return spaces.Count == 0 ? new Observation(null, new("There is no space yet.", "Il n'y a pas encore d'espace."))
            : foreign.Count > 0 ? new Observation(false, new($"Joined with another organization's: {string.Join(", ", foreign)}.", $"Interconnectés avec une autre organisation : {string.Join(", ", foreign)}."))
            : late.Count > 0 ? new Observation(false, new($"The packet filter has not what is agreed: {string.Join(", ", late)}.", $"Le filtre n'a pas ce qui est convenu : {string.Join(", ", late)}."))
            : behind.Count > 0 ? new Observation(null, new($"A change is being put in force: {string.Join(", ", behind)}.", $"Un changement entre en vigueur : {string.Join(", ", behind)}."))
            : new Observation(true, new LocalText(
                string.Create(CultureInfo.InvariantCulture, $"In {spaces.Count} spaces, {peerings} peerings and {ways} entries of allow-lists are open, and nothing else."),
                string.Create(CultureInfo.InvariantCulture, $"Dans {spaces.Count} espaces, {peerings} interconnexions et {ways} lignes de listes de sortie sont ouvertes, et rien d'autre.")));
    }
}
