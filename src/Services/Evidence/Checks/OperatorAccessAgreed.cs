using System.Globalization;
using Beffroi.Platform.Lockbox;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>What was shown to the operator's people was agreed to by signature.</summary>
internal sealed class OperatorAccessAgreed : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "operator-access",
        new("The operator sees nothing without a signature", "L'opérateur ne voit rien sans signature"),
        new(
            "That everything of the organization's resources that was shown to one of the operator's people was signed for by enough of its own, as the store has it. `beffroi lockbox audit` shows the same from the ledger and the approvers' keys, without believing the platform. It can't show that who asked was vetted, nor what root on a host could look at.",
            "Que tout ce qui a été montré des ressources de l'organisation à une personne de l'opérateur a été signé par assez des siens, selon la base de la plateforme. `beffroi lockbox audit` le montre à partir du registre et des clés des approbateurs, sans croire la plateforme. Il ne montre ni que le demandeur était habilité, ni ce que root pourrait regarder sur un hôte."),
        Enforced: true,
        "secnumcloud-3.2/9.7.d", "hds-2/EXI-15")
    {
        JudgesBy = [ConfigurationFiles.Lockbox],
        LedgerActions = ["lockbox.request", "lockbox.approve", "lockbox.open", "lockbox.end"],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var (shown, unsigned) = await LockboxReview.CountAsync(connection, organizationId, cancellationToken);
        return unsigned > 0
            ? new Observation(false, new(
                string.Create(CultureInfo.InvariantCulture, $"{unsigned} of {shown} showings have no valid approval. Audit it: `beffroi lockbox audit`."),
                string.Create(CultureInfo.InvariantCulture, $"{unsigned} consultations sur {shown} n'ont pas d'approbation valable. À vérifier : `beffroi lockbox audit`.")))
            : new Observation(true, shown == 0
                ? new("Nothing was shown.", "Rien n'a été montré.")
                : new(
                    string.Create(CultureInfo.InvariantCulture, $"{shown} showings, all of them agreed to."),
                    string.Create(CultureInfo.InvariantCulture, $"{shown} consultations, toutes approuvées.")));
    }
}
