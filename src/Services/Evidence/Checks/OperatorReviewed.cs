using Beffroi.Platform.Access.Reviews;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>The operator's own directory was reviewed in time. Customers see dates, never who.</summary>
internal sealed class OperatorReviewed : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "operator-reviewed",
        new("The operator's own rights are reviewed in time", "Les droits de l'opérateur sont revus à temps"),
        new(
            "That the rights of the operator's people were reviewed in the last 365 days and its service accounts in the last 90, counted from the snapshot of the newest review in which each account was decided on, and by nobody on themselves unless nobody else could. Who was reviewed and what was decided is the operator's, and in its ledger. It can't show that whoever decided looked, nor rights that the operator's people have elsewhere, on hosts for instance.",
            "Que les droits des personnes de l'opérateur ont été revus depuis moins de 365 jours et ses comptes de service depuis moins de 90, à compter de l'instantané de la dernière revue où chaque compte a fait l'objet d'une décision, par personne sur soi-même sauf si nul autre ne le pouvait. Qui a été revu et ce qui a été décidé appartient à l'opérateur, et figure dans son registre. Il ne montre pas que les décideurs ont bien regardé, ni les droits que les personnes de l'opérateur ont ailleurs, sur les hôtes par exemple."),
        Enforced: false,
        "secnumcloud-3.2/9.4.a")
    {
        JudgesBy = [ConfigurationFiles.Installation],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        ReviewDates.Judge(
            await AccessReviewSchedule.ListAsync(connection, AccessReviewSchedule.OfOperator, cancellationToken),
            ("The rights of the operator's people", "Droits des personnes de l'opérateur"), withCommand: false);
}
