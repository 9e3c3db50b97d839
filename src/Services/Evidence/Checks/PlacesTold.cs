using System.Globalization;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Of each space it is told where its data is.</summary>
internal sealed class PlacesTold : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "places-told",
        new("Where data is stored is told", "Le lieu de stockage des données est indiqué"),
        new(
            "That the zone of each space declares its country and at least one site with its country, which everybody of the organization reads (`beffroi zone show`). What is in a space is nowhere else. It does not show that the declaration is true, nor from where the zone is administered.",
            "Que la zone de chaque espace déclare son pays et au moins un site avec son pays, que chacun de l'organisation peut lire (`beffroi zone show`). Ce qui est dans un espace n'est nulle part ailleurs. Cela ne montre pas que la déclaration est vraie, ni d'où la zone est administrée."),
        Enforced: false,
        "secnumcloud-3.2/19.2.a")
    {
        JudgesBy = [ConfigurationFiles.Spaces],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var spaces = await connection.Statement("""
            select s.name, d.sites
            from platform.spaces s
            left join lateral (
                select (select string_agg(x ->> 'name' || ' (' || (x ->> 'country') || ')', ', ' order by x ->> 'name') from jsonb_array_elements(c.content -> 'sites') x) as sites
                from (select z.content::jsonb as content from platform.zone_declarations z where z.zone = s.zone order by z.id desc limit 1) c
                where c.content ->> 'country' is not null and jsonb_typeof(c.content -> 'sites') = 'array') d on true
            where s.organization_id = $1 and not exists (select from platform.throw_away_spaces t where t.space_id = s.id) order by s.name
            """, organizationId).ListAsync(r => (Space: r.GetString(0), Sites: r.IsDBNull(1) ? null : r.GetString(1)), cancellationToken);
        var without = spaces.Where(s => s.Sites is null).Select(s => s.Space).ToList();
        var sites = string.Join("; ", spaces.Select(s => s.Sites).Distinct());
        return spaces.Count == 0 ? new Observation(null, new("There is no space yet.", "Il n'y a pas encore d'espace."))
            : without.Count > 0 ? new Observation(false, new($"Nobody told where they are: {string.Join(", ", without)}.", $"Personne n'a dit où ils sont : {string.Join(", ", without)}."))
            : new Observation(true, new(
                string.Create(CultureInfo.InvariantCulture, $"Told for all {spaces.Count} spaces: {sites}."), string.Create(CultureInfo.InvariantCulture, $"Indiqué pour les {spaces.Count} espaces : {sites}.")));
    }
}
