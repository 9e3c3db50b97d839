using Beffroi.Contracts;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>One access review: its accounts and what was decided on each, and its end.</summary>
internal static class AccessReviewEndpoint
{
    private const int Shown = 50;

    public static string Path(Guid review) => $"/console/access-reviews/{review:D}";

    /// <summary>Where the API has a review.</summary>
    public static string Api(Visit visit, Guid review) => $"{visit.Root}/access-reviews/{review:D}";

    public static Task<AccessReview> ReadAsync(Visit visit, Guid review) => visit.Api.GetAsync(Api(visit, review), WireJson.Default.AccessReview);

    public static async Task<IResult> ShowAsync(Visit visit, string id)
    {
        var review = await ReadAsync(visit, Visit.Id(id));
        return new HtmlPage<AccessReviewPage>(200, new()
        {
            ["Around"] = visit.Frame with { Title = visit.Frame.Texts.ReviewTitle(review), Path = Path(review.Id) },
            ["Review"] = review,
            ["Items"] = await visit.Api.GetAsync(visit.Paged(Api(visit, review.Id) + "/items", Shown), WireJson.Default.PageAccessReviewItem),
            ["Back"] = visit.PageToken,
        });
    }

    public static async Task<IResult> ConfirmAsync(Visit visit, string id, string what) => Question(visit, await ReadAsync(visit, Visit.Id(id)), what).Page(visit);

    public static async Task<IResult> EndAsync(Visit visit, string id, string what)
    {
        await visit.FormAsync();
        var review = await ReadAsync(visit, Visit.Id(id));
        return await Visit.ChangeAsync(
            () => visit.Api.RequestAsync(HttpMethod.Post, $"{Api(visit, review.Id)}/{what}", WireJson.Default.AccessReview),
            Path(review.Id), problem => Task.FromResult(Question(visit, review, what).Page(visit, problem)));
    }

    private static Confirmation Question(Visit visit, AccessReview review, string what)
    {
        var t = visit.Frame.Texts;
        var cancel = what == "cancel";
        return new(
            cancel ? t.CancelReview : t.CloseReview, $"{Path(review.Id)}/{what}", Path(review.Id), t.ReviewTitle(review), cancel ? t.CancelReviewMore : t.CloseReviewMore,
            cancel ? t.CancelReview : t.CloseReview, $"beffroi access-review {what} {review.Id:D}", Danger: cancel);
    }
}
