using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>Reviews of who may do what: when they are due, those that there were, and beginning one.</summary>
internal static class AccessReviewsEndpoint
{
    private const int Shown = 25;

    public static Task<IResult> ShowAsync(Visit visit) => ShowAsync(visit, null);

    public static async Task<IResult> BeginAsync(Visit visit)
    {
        var kind = (await visit.FormAsync())("kind");
        try
        {
            var begun = await visit.Api.PostAsync(visit.Root + "/access-reviews", new BeginAccessReview(kind), WireJson.Default.BeginAccessReview, WireJson.Default.AccessReview);
            return new SeeOther(AccessReviewEndpoint.Path(begun.Id));
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 409 or 422)
        {
            return await ShowAsync(visit, refusal.Problem);
        }
    }

    private static async Task<IResult> ShowAsync(Visit visit, ProblemDocument? problem) => new HtmlPage<AccessReviewsPage>(problem?.Status ?? 200, new()
    {
        ["Around"] = visit.Frame with { Title = visit.Frame.Texts.AccessReviews, Path = "/console/access-reviews" },
        ["Schedule"] = (await visit.Api.GetAsync(visit.Root + "/access-review-schedule", WireJson.Default.PageAccessReviewDue)).Items,
        ["Reviews"] = await visit.Api.GetAsync(visit.Paged(visit.Root + "/access-reviews", Shown), WireJson.Default.PageAccessReview),
        ["Problem"] = problem,
        ["First"] = visit.PageToken is null,
    });
}
