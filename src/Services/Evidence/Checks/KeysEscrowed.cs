using System.Globalization;
using Beffroi.Platform.Keys.Escrow;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>The organization can open what is its own without its key's provider.</summary>
internal sealed class KeysEscrowed : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "keys-escrowed",
        new("Every key is sealed to the organization's escrow", "Chaque clé est scellée au séquestre de l'organisation"),
        new(
            "That an escrow key is registered, and that each key of the organization's resources and spaces is sealed to it. It does not show that its shares still exist: that is shown by putting them together, which is nobody's but the organization's to do.",
            "Qu'une clé de séquestre est enregistrée et que chaque clé des ressources et des espaces de l'organisation est scellée pour elle. Cela ne montre pas que ses parts existent encore : seule l'organisation peut le montrer, en les réunissant."),
        Enforced: false,
        "secnumcloud-3.2/10.5.a")
    {
        JudgesBy = [ConfigurationFiles.Keys],
        LedgerActions = ["key.escrow.put", "key.escrow.remove", "key.escrow.seal"],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        await EscrowReview.ReadAsync(connection, organizationId, cancellationToken) switch
        {
            { Fingerprint: null } => new Observation(false, new("No escrow key is registered: `beffroi key escrow`.", "Aucune clé de séquestre n'est enregistrée : `beffroi key escrow`.")),
            { Left: > 0 and var left } => new Observation(false, new(
                string.Create(CultureInfo.InvariantCulture, $"{left} keys are not sealed to it yet."), string.Create(CultureInfo.InvariantCulture, $"{left} clés ne sont pas encore scellées pour elle."))),
            var escrow => new Observation(true, new(
                string.Create(CultureInfo.InvariantCulture, $"{escrow.Sealed} keys are sealed to {escrow.Fingerprint}, registered on {escrow.RegisteredAt:yyyy-MM-dd}."),
                string.Create(CultureInfo.InvariantCulture, $"{escrow.Sealed} clés sont scellées pour {escrow.Fingerprint}, enregistrée le {escrow.RegisteredAt:yyyy-MM-dd}."))),
        };
}
