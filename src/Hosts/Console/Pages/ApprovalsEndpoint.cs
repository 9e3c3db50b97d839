using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>What waits for a second person, and deciding it.</summary>
internal static class ApprovalsEndpoint
{
    private const int Shown = 25;

    public static Task<IResult> ShowAsync(Visit visit) => ShowAsync(visit, null);

    public static async Task<IResult> DecideAsync(Visit visit, string id, bool approve)
    {
        await visit.FormAsync();
        try
        {
            await visit.Api.RequestAsync(HttpMethod.Post, $"{visit.Root}/approvals/{ApiClient.Segment(id)}/{(approve ? "approve" : "refuse")}", WireJson.Default.Approval);
            return new SeeOther("/console/approvals");
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status == 409)
        {
            return await ShowAsync(visit, refusal.Problem);
        }
    }

    private static async Task<IResult> ShowAsync(Visit visit, ProblemDocument? problem)
    {
        var page = await visit.Api.GetAsync(visit.Paged(visit.Root + "/approvals", Shown), WireJson.Default.PageApproval);
        return new HtmlPage<ApprovalsPage>(problem?.Status ?? 200, new()
        {
            ["Around"] = visit.Live() with { Title = visit.Frame.Texts.Approvals, Path = "/console/approvals" },
            ["Approvals"] = page,
            ["Safeguards"] = await SafeguardsAsync(visit),
            ["Problem"] = problem,
            ["First"] = visit.PageToken is null,
        });
    }

    /// <summary>The organization's; null where this person may not see them.</summary>
    public static async Task<Safeguards?> SafeguardsAsync(Visit visit)
    {
        try
        {
            return await visit.Api.GetAsync(visit.Root + "/safeguards", WireJson.Default.Safeguards);
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 404)
        {
            return null;
        }
    }
}
