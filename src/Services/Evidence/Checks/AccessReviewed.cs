using Beffroi.Platform.Access.Reviews;
using Beffroi.Services.Evidence.Configuration;
using Npgsql;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>Who may do what was reviewed in time.</summary>
internal sealed class AccessReviewed : IEvidenceCheck
{
    public CheckDescription Description { get; } = new(
        "access-reviews",
        new("Rights are reviewed in time", "Les droits sont revus à temps"),
        new(
            "That people's rights were reviewed in the last 365 days and service accounts in the last 90, counted from the snapshot of the newest review in which each account was decided on. It can't show that whoever decided looked. Of the organization's own accounts, not of the operator's, which `operator-reviewed` shows.",
            "Que les droits des personnes ont été revus depuis moins de 365 jours et les comptes de service depuis moins de 90, à compter de l'instantané de la dernière revue où chaque compte a fait l'objet d'une décision. Il ne montre pas que les décideurs ont bien regardé. Porte sur les comptes de l'organisation, non sur ceux de l'opérateur, que montre `operator-reviewed`."),
        Enforced: false,
        "secnumcloud-3.2/9.4.b", "secnumcloud-3.2/9.4.c")
    {
        JudgesBy = [ConfigurationFiles.Reviews, ConfigurationFiles.Access],
        LedgerActions = ["access-review.begin", "access-review.close"],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        ReviewDates.Judge(await AccessReviewSchedule.ListAsync(connection, organizationId, cancellationToken), ("People's rights", "Droits des personnes"), withCommand: true);
}
