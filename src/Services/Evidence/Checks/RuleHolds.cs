using System.Globalization;
using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Policy;
using Beffroi.Platform.Policy;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>A rule of policy is met wherever a space's label makes it apply.</summary>
/// <param name="policy">The rules.</param>
/// <param name="rule">The rule's id.</param>
/// <param name="description">What this check is.</param>
internal sealed class RuleHolds(IPolicy policy, string rule, CheckDescription description) : IEvidenceCheck
{
    private static readonly LocalText Declared = new(
        "It is decided from what the operator declares of the zone, dated and with its sources (`beffroi zone show`), at each creation, at each change and hourly. It does not show that the declaration is true.",
        "La décision est prise d'après ce que l'opérateur déclare de la zone, daté et sourcé (`beffroi zone show`), à chaque création, à chaque changement et chaque heure. Cela ne montre pas que la déclaration est vraie.");

    public CheckDescription Description => description;

    /// <summary>Data whose label asks for SecNumCloud is stored in the European Union.</summary>
    public static RuleHolds InTheUnion(IPolicy policy) => new(policy, "secnumcloud-19.2-eu", new CheckDescription(
        "data-in-eu", new("Data is stored in the European Union", "Les données sont stockées dans l'Union européenne"), Declared, Enforced: true, "secnumcloud-3.2/19.2.b")
    {
        LedgerActions = Actions,
        JudgesBy = [ConfigurationFiles.Spaces],
    });

    /// <summary>Whoever runs the zone is within the thresholds of holders outside the European Union.</summary>
    public static RuleHolds Holders(IPolicy policy) => new(policy, "secnumcloud-19.6-holdings", new CheckDescription(
        "holders-within-thresholds", new("Holders outside the European Union are within the thresholds", "Les détenteurs hors de l'Union européenne sont sous les seuils"), Declared, Enforced: true,
        "secnumcloud-3.2/19.6.b")
    {
        LedgerActions = Actions,
        JudgesBy = [ConfigurationFiles.Spaces],
    });

    /// <summary>Health data is stored in the European Economic Area.</summary>
    public static RuleHolds HealthInTheArea(IPolicy policy) => new(policy, "hds-eea", new CheckDescription(
        "health-data-in-eea", new("Health data is stored in the European Economic Area", "Les données de santé sont stockées dans l'Espace économique européen"), Declared, Enforced: true, "hds-2/EXI-28")
    {
        LedgerActions = Actions,
        JudgesBy = [ConfigurationFiles.Spaces],
    });

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var (met, not) = (0, new List<(string Space, LocalText Why)>());
        var spaces = await connection.Statement(
                "select s.id from platform.spaces s where s.organization_id = $1 and not exists (select from platform.throw_away_spaces t where t.space_id = s.id) order by s.name", organizationId)
            .ListAsync(r => r.GetGuid(0), cancellationToken);
        foreach (var space in spaces)
        {
            var explained = await policy.ExplainAsync(connection, space, cancellationToken);
            var outcome = explained.Rules.Single(r => r.Rule == rule);
            met += outcome.Outcome == RuleOutcome.Satisfied ? 1 : 0;
            if (outcome.Outcome is RuleOutcome.Refused or RuleOutcome.Warned or RuleOutcome.Derogated)
            {
                not.Add((explained.Space, outcome.Why!));
            }
        }

        return not.Count > 0
                ? new Observation(false, new(
                    $"Not met for {string.Join(", ", not.Select(n => n.Space))}: {not[0].Why.En}", $"N'est pas respecté pour {string.Join(", ", not.Select(n => n.Space))} : {not[0].Why.Fr}"))
            : met == 0
                ? new Observation(null, new("No space has a label that asks for it.", "Aucun espace n'a d'étiquette qui le demande."))
            : new Observation(true, new(
                string.Create(CultureInfo.InvariantCulture, $"Met for each space whose label asks for it ({met})."),
                string.Create(CultureInfo.InvariantCulture, $"Respecté pour chaque espace dont l'étiquette le demande ({met}).")));
    }

    private static readonly string[] Actions = ["policy.evaluate", "policy.manage"];
}
