using System.Globalization;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Networks of spaces with sensitive data are joined with nothing less sensitive, nor open to the whole Internet.</summary>
internal sealed class SensitiveApart : IEvidenceCheck
{
    /// <summary>A destination of more addresses than such a network is not one somebody can know.</summary>
    private const int ShortestPrefix = 8;

    public CheckDescription Description { get; } = new(
        "sensitive-apart",
        new("Sensitive spaces are apart from the others", "Les espaces sensibles sont à part des autres"),
        new(
            "That no accepted peering joins a space classified sensitive or health with one classified open or internal, and that none of its ways out is to a network larger than a /8. It shows nothing of what goes through what is open.",
            "Qu'aucune interconnexion acceptée ne joint un espace classé sensitive ou health à un espace classé open ou internal, et qu'aucune de ses sorties ne mène à un réseau plus grand qu'un /8. Cela ne montre rien de ce qui passe par ce qui est ouvert."),
        Enforced: false,
        "secnumcloud-3.2/13.2.a")
    {
        JudgesBy = [ConfigurationFiles.Network, ConfigurationFiles.Spaces],
        LedgerActions = ["peering.update", "egress.update"],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var spaces = await connection.Statement("""
            select s.name,
                   exists (select from platform.peerings p join platform.spaces o on o.id in (p.from_space_id, p.to_space_id) and o.id <> s.id
                           where s.id in (p.from_space_id, p.to_space_id) and p.accepted_at is not null and o.classification in ('open', 'internal')),
                   exists (select from platform.egress_rules e where e.space_id = s.id and masklen(e.destination::inet) < $2)
            from platform.spaces s
            where s.organization_id = $1 and s.classification in ('sensitive', 'health') and not exists (select from platform.throw_away_spaces t where t.space_id = s.id) order by s.name
            """, organizationId, ShortestPrefix).ListAsync(r => (Space: r.GetString(0), Joined: r.GetBoolean(1), Wide: r.GetBoolean(2)), cancellationToken);
        var (joined, wide) = (spaces.Where(s => s.Joined).Select(s => s.Space).ToList(), spaces.Where(s => s.Wide).Select(s => s.Space).ToList());
        return spaces.Count == 0 ? new Observation(null, new("No space is classified sensitive or health.", "Aucun espace n'est classé sensitive ou health."))
            : joined.Count > 0
                ? new Observation(false, new($"Joined with a less sensitive space: {string.Join(", ", joined)}.", $"Interconnectés avec un espace moins sensible : {string.Join(", ", joined)}."))
            : wide.Count > 0
                ? new Observation(false, new($"Open to a network larger than a /8: {string.Join(", ", wide)}.", $"Ouverts vers un réseau plus grand qu'un /8 : {string.Join(", ", wide)}."))
            : new Observation(true, new(
                string.Create(CultureInfo.InvariantCulture, $"So are all {spaces.Count}."), string.Create(CultureInfo.InvariantCulture, $"Tous le sont ({spaces.Count}).")));
    }
}
