using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Platform.Access.Reviews;

namespace Beffroi.Services.Evidence.Checks;

/// <summary>What the dates of a directory's reviews say, an organization's or the operator's: dates and no names.</summary>
internal static class ReviewDates
{
    /// <summary>Holds if each kind that there are accounts of was reviewed in time; null before its first review is overdue, and where there is nobody to review.</summary>
    /// <param name="schedule">When each kind is due.</param>
    /// <param name="people">Whose rights, in English and French.</param>
    /// <param name="withCommand">Whether whoever reads it is who begins the next one.</param>
    public static Observation Judge(IReadOnlyList<AccessReviewDue> schedule, (string En, string Fr) people, bool withCommand)
    {
        var kinds = schedule.Where(k => k.DueAt is not null).ToList();
        bool? holds = kinds.Any(k => k.State == "overdue") ? false : kinds.Count == 0 || kinds.Any(k => k.ReviewedAt is null) ? null : true;
        return kinds.Count == 0
            ? new Observation(null, new("There is nobody to review.", "Il n'y a personne à revoir."))
            : new Observation(holds, new(string.Join(" ", kinds.Select(k => English(k, people.En, withCommand))), string.Join(" ", kinds.Select(k => French(k, people.Fr, withCommand)))));
    }

    private static string English(AccessReviewDue kind, string people, bool withCommand) =>
        (kind.Kind == AccessReviewSchedule.Technical ? "Service accounts" : people)
        + (kind.ReviewedAt is { } at ? $" were reviewed as of {Day(at)}" : " have not been reviewed yet")
        + kind.State switch
        {
            "overdue" => $": overdue since {Day(kind.DueAt!.Value)}",
            _ => $"; due on {Day(kind.DueAt!.Value)}",
        }
        + Begin(kind, withCommand);

    private static string French(AccessReviewDue kind, string people, bool withCommand) =>
        (kind.Kind == AccessReviewSchedule.Technical ? "Comptes de service" : people)
        + (kind.ReviewedAt is { } at ? $" : revus en l'état du {Day(at)}" : " : pas encore revus")
        + kind.State switch
        {
            "overdue" => $", en retard depuis le {Day(kind.DueAt!.Value)}",
            _ => $", à revoir avant le {Day(kind.DueAt!.Value)}",
        }
        + Begin(kind, withCommand);

    private static string Begin(AccessReviewDue kind, bool withCommand) => withCommand && kind.State is ("overdue" or "due-soon") ? $", `beffroi access-review begin {kind.Kind}`." : ".";

    private static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
