using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Pages;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.OperatorPages;

/// <summary>
/// What the operator's people asked customers to be shown. Asking and opening take a secret that only the asker's machine has, and whose hash the customer signs: so both are commands. Made here,
/// beffroid would have had it, and could open by itself what was agreed with somebody.
/// </summary>
internal static class RequestsEndpoint
{
    private const int Shown = 25;

    public static async Task<IResult> ListAsync(Visit visit) => new HtmlPage<RequestsPage>(200, new()
    {
        ["Around"] = visit.Frame with { Title = visit.Frame.Texts.RequestsTitle, Path = "/console/lockbox" },
        ["Requests"] = await visit.Api.GetAsync(visit.Paged(OperatorApi.Requests, Shown), WireJson.Default.PageLockboxRequest),
        ["First"] = visit.PageToken is null,
    });

    public static Task<IResult> ShowAsync(Visit visit) => ShowAsync(visit, null);

    public static async Task<IResult> WithdrawAsync(Visit visit)
    {
        await visit.FormAsync();
        var id = Visit.Id(visit.Route("id"));
        return await Visit.ChangeAsync(
            () => visit.Api.RequestAsync(HttpMethod.Post, $"{OperatorApi.Requests}/{id:D}/withdraw", WireJson.Default.LockboxRequest), $"/console/lockbox/{id:D}", problem => ShowAsync(visit, problem));
    }

    private static async Task<IResult> ShowAsync(Visit visit, ProblemDocument? problem)
    {
        var request = await visit.Api.GetAsync($"{OperatorApi.Requests}/{Visit.Id(visit.Route("id")):D}", WireJson.Default.LockboxRequest);
        return new HtmlPage<RequestPage>(problem?.Status ?? 200, new()
        {
            ["Around"] = visit.Frame with { Title = visit.Frame.Texts.LockboxRequest, Path = $"/console/lockbox/{request.Id:D}" },
            ["R"] = request,
            ["Problem"] = problem,
        });
    }
}
