using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>The organization's safeguards: the grace of deletions, the two-person rule, and which keys agree to the operator's access.</summary>
internal static class SafeguardsEndpoint
{
    public static async Task<IResult> ShowAsync(Visit visit) => Page(visit, await visit.Api.GetAsync(visit.Root + "/safeguards", WireJson.Default.Safeguards), null, null);

    public static async Task<IResult> ChangeAsync(Visit visit)
    {
        var field = await visit.FormAsync();
        var hours = field("deletionGraceHours");
        // A number that is none is -1, which the API refuses with the range.
        var wanted = new Safeguards(
            int.TryParse(hours, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1, field("immediateDeletion") == "on", field("twoPersonRule") == "on",
            field("passkeyConsents") == "on");
        try
        {
            await visit.Api.PutAsync(visit.Root + "/safeguards", wanted, WireJson.Default.Safeguards, WireJson.Default.Safeguards);
            return new SeeOther("/console/safeguards");
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 409 or 422)
        {
            return Page(visit, wanted, hours, refusal.Problem);
        }
    }

    private static HtmlPage<SafeguardsPage> Page(Visit visit, Safeguards safeguards, string? typed, ProblemDocument? problem) => new(problem?.Status ?? 200, new()
    {
        ["Around"] = visit.Frame with { Title = visit.Frame.Texts.Safeguards },
        ["Safeguards"] = safeguards,
        ["Hours"] = typed ?? safeguards.DeletionGraceHours.ToString(CultureInfo.InvariantCulture),
        ["Problem"] = problem,
    });
}
