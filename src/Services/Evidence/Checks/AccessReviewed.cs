using System.Globalization;
using Beffroi.Contracts;
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
            "That people's rights were reviewed in the last 365 days and service accounts in the last 90, counted from the snapshot of the newest review in which each account was decided on. It can't show that whoever decided looked. Of the organization's own accounts, not of the operator's.",
            "Que les droits des personnes ont été revus depuis moins de 365 jours et les comptes de service depuis moins de 90, à compter de l'instantané de la dernière revue où chaque compte a fait l'objet d'une décision. Il ne montre pas que les décideurs ont bien regardé. Porte sur les comptes de l'organisation, non sur ceux de l'opérateur."),
        Enforced: false,
        "secnumcloud-3.2/9.4.b", "secnumcloud-3.2/9.4.c")
    {
        JudgesBy = [ConfigurationFiles.Reviews, ConfigurationFiles.Access],
        LedgerActions = ["access-review.begin", "access-review.close"],
    };

    public async Task<Observation> ObserveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var kinds = (await AccessReviewSchedule.ListAsync(connection, organizationId, cancellationToken)).Where(k => k.DueAt is not null).ToList();
        bool? holds = kinds.Any(k => k.State == "overdue") ? false : kinds.Count == 0 || kinds.Any(k => k.ReviewedAt is null) ? null : true;
        return kinds.Count == 0
            ? new Observation(null, new("There is nobody to review.", "Il n'y a personne à revoir."))
            : new Observation(holds, new(string.Join(" ", kinds.Select(English)), string.Join(" ", kinds.Select(French))));
    }

    private static string English(AccessReviewDue kind) =>
        (kind.Kind == AccessReviewSchedule.Technical ? "Service accounts" : "People's rights")
        + (kind.ReviewedAt is { } at ? $" were reviewed as of {Day(at)}" : " have not been reviewed yet")
        + kind.State switch
        {
            "overdue" => $": overdue since {Day(kind.DueAt!.Value)}, `beffroi access-review begin {kind.Kind}`.",
            "due-soon" => $"; due on {Day(kind.DueAt!.Value)}, `beffroi access-review begin {kind.Kind}`.",
            _ => $"; due on {Day(kind.DueAt!.Value)}.",
        };

    private static string French(AccessReviewDue kind) =>
        (kind.Kind == AccessReviewSchedule.Technical ? "Comptes de service" : "Droits des personnes")
        + (kind.ReviewedAt is { } at ? $" : revus en l'état du {Day(at)}" : " : pas encore revus")
        + kind.State switch
        {
            "overdue" => $", en retard depuis le {Day(kind.DueAt!.Value)}, `beffroi access-review begin {kind.Kind}`.",
            "due-soon" => $", à revoir avant le {Day(kind.DueAt!.Value)}, `beffroi access-review begin {kind.Kind}`.",
            _ => $", à revoir avant le {Day(kind.DueAt!.Value)}.",
        };

    private static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
