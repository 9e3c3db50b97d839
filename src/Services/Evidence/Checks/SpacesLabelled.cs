using System.Globalization;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>What a space's data are has been stated by somebody.</summary>
internal sealed class SpacesLabelled : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "spaces-labelled",
        new("Each space says what its data are", "Chaque espace dit ce que sont ses données"),
        new(
            "That each space has a label that somebody stated; without one nothing is created. What is made in a space has its label, backups and restores too. It does not show that the label is true, and an evaluation is without real data by its owner's word.",
            "Que chaque espace a une étiquette que quelqu'un a posée ; sans elle, rien n'est créé. Ce qui est fait dans un espace porte son étiquette, sauvegardes et restaurations comprises. Cela ne montre pas que l'étiquette est vraie ; une évaluation est sans données réelles sur la parole de son propriétaire."),
        Enforced: true,
        "secnumcloud-3.2/8.3.b", "secnumcloud-3.2/8.4.a")
    {
        JudgesBy = [ConfigurationFiles.Spaces],
        LedgerActions = ["space.create", "policy.manage"],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var spaces = await connection.Statement("""
            select s.name, s.label is null, coalesce((s.label ->> 'evaluation')::boolean, false) from platform.spaces s
            where s.organization_id = $1 and not exists (select from platform.throw_away_spaces t where t.space_id = s.id) order by s.name
            """, organizationId)
            .ListAsync(r => (Name: r.GetString(0), Without: r.GetBoolean(1), Evaluation: r.GetBoolean(2)), cancellationToken);
        var without = spaces.Where(s => s.Without).Select(s => s.Name).ToList();
        var evaluations = spaces.Count(s => s.Evaluation);
        return spaces.Count == 0 ? new Observation(null, new("There is no space yet.", "Il n'y a pas encore d'espace."))
            : without.Count > 0 ? new Observation(false, new($"Without a label: {string.Join(", ", without)}.", $"Sans étiquette : {string.Join(", ", without)}."))
            : new Observation(true, new(
                string.Create(CultureInfo.InvariantCulture, $"{spaces.Count} of {spaces.Count} spaces have one; {evaluations} say that they are evaluations."),
                string.Create(CultureInfo.InvariantCulture, $"{spaces.Count} espaces sur {spaces.Count} en ont une ; {evaluations} se disent des évaluations.")));
    }
}
