using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>One account of an access review, and deciding on it.</summary>
internal static class AccessReviewItemEndpoint
{
    private const int PerRequest = 200;

    /// <summary>The page of an account; <paramref name="back"/> is the token of the page of accounts that one comes from.</summary>
    public static string Path(Guid review, string account, string? back) => $"{AccessReviewEndpoint.Path(review)}/accounts/{Visit.Name(account)}{After(back)}";

    public static async Task<IResult> ShowAsync(Visit visit, string id, string account)
    {
        var review = await AccessReviewEndpoint.ReadAsync(visit, Visit.Id(id));
        return Page(visit, review, await ReadAsync(visit, review, account), DecisionForm.Empty, null);
    }

    public static async Task<IResult> DecideAsync(Visit visit, string id, string account)
    {
        var field = await visit.FormAsync(DecisionForm.Longest);
        var review = await AccessReviewEndpoint.ReadAsync(visit, Visit.Id(id));
        var item = await ReadAsync(visit, review, account);
        var form = DecisionForm.Of(field, item);
        return await Visit.ChangeAsync(
            () => visit.Api.PutAsync(
                $"{AccessReviewEndpoint.Api(visit, review.Id)}/items/{item.Account}/decision", form.Wanted(item), WireJson.Default.DecideAccessReview, WireJson.Default.AccessReviewItem),
            AccessReviewEndpoint.Path(review.Id) + After(visit.PageToken),
            // As it is now: what refused it may be that somebody else was quicker.
            async problem => Page(visit, review, await ReadAsync(visit, review, account), form, problem));
    }

    private static string After(string? token) => token is null ? "" : "?after=" + Uri.EscapeDataString(token);

    private static async Task<AccessReviewItem> ReadAsync(Visit visit, AccessReview review, string account)
    {
        string? next = null;
        do
        {
            var page = await visit.Api.GetAsync(
                $"{AccessReviewEndpoint.Api(visit, review.Id)}/items?limit={PerRequest}" + (next is null ? "" : "&pageToken=" + Uri.EscapeDataString(next)), WireJson.Default.PageAccessReviewItem);
            if (page.Items.FirstOrDefault(i => i.Account == account) is { } item)
            {
                return item;
            }

            next = page.NextPageToken;
        }
        while (next is not null);

        throw ApiRefusalException.NotFound("The review has no such account.");
    }

    private static HtmlPage<AccessReviewItemPage> Page(Visit visit, AccessReview review, AccessReviewItem item, DecisionForm form, ProblemDocument? problem) => new(problem?.Status ?? 200, new()
    {
        ["Around"] = visit.Frame with { Title = ConsoleTexts.Fill(visit.Frame.Texts.AccountTitle, item.Account), Path = Path(review.Id, item.Account, visit.PageToken) },
        ["Review"] = review,
        ["Item"] = item,
        ["Typed"] = form,
        ["Problem"] = problem,
        ["Back"] = AccessReviewEndpoint.Path(review.Id) + After(visit.PageToken),
    });
}
