using Beffroi.Platform.Protection;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>What can't be taken back needs two people.</summary>
internal sealed class TwoPersons(OrganizationSafeguards safeguards) : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "two-persons",
        new("Sealing and destroying need two people", "Sceller et détruire demandent deux personnes"),
        new(
            "Whether the two-person rule is on: sealing, unsealing, immediate deletion, rotation of the key and the rule itself. It can't show that two accounts are two people.",
            "Si la règle des deux personnes est active : scellement, levée, suppression immédiate, rotation de la clé et la règle même. Elle ne montre pas que deux comptes sont deux personnes."),
        Enforced: false,
        "secnumcloud-3.2/6.2.a")
    {
        JudgesBy = [ConfigurationFiles.Safeguards],
        LedgerActions = ["safeguard.change"],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        (await safeguards.GetAsync(connection, organizationId, cancellationToken)).TwoPersonRule
            ? new Observation(true, new("The rule is on.", "La règle est active."))
            : new Observation(false, new("The rule is off: `beffroi safeguard set --two-person-rule on`.", "La règle n'est pas active : `beffroi safeguard set --two-person-rule on`."));
}
