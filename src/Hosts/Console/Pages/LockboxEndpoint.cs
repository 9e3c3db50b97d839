using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>What the operator's people ask to see, and what they were shown. Agreeing takes a key, which a browser doesn't have here; refusing and closing is a click.</summary>
internal static class LockboxEndpoint
{
    private const int Shown = 25;
    private const int MostAccesses = 200;

    public static async Task<IResult> ListAsync(Visit visit)
    {
        var page = await visit.Api.GetAsync(visit.Paged(visit.Root + "/lockbox-requests", Shown), WireJson.Default.PageLockboxRequest);
        return new HtmlPage<LockboxListPage>(200, new()
        {
            ["Around"] = visit.Live() with { Title = visit.Frame.Texts.Lockbox, Path = "/console/lockbox" },
            ["Requests"] = page,
            ["Glasses"] = await visit.Api.GetAsync($"{visit.Root}/break-glasses?limit={Shown}", WireJson.Default.PageBreakGlass),
            ["First"] = visit.PageToken is null,
        });
    }

    public static Task<IResult> ShowAsync(Visit visit, string id) => ShowAsync(visit, id, null);

    public static async Task<IResult> EndAsync(Visit visit, string id)
    {
        await visit.FormAsync();
        try
        {
            await visit.Api.RequestAsync(HttpMethod.Post, One(visit, id) + "/end", WireJson.Default.LockboxCase);
            return new SeeOther("/console/lockbox/" + ApiClient.Segment(id));
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 409)
        {
            return await ShowAsync(visit, id, refusal.Problem);
        }
    }

    /// <summary>Exactly what was shown, as text.</summary>
    public static async Task<IResult> AccessAsync(Visit visit, string id, string access) => new HtmlPage<LockboxAccessPage>(200, new()
    {
        ["Around"] = visit.Frame with { Title = visit.Frame.Texts.WhatWasShown, Path = $"/console/lockbox/{ApiClient.Segment(id)}/accesses/{ApiClient.Segment(access)}" },
        ["Access"] = await visit.Api.GetAsync($"{One(visit, id)}/accesses/{ApiClient.Segment(access)}", WireJson.Default.LockboxAccess),
        ["Request"] = ApiClient.Segment(id),
    });

    private static string One(Visit visit, string id) => $"{visit.Root}/lockbox-requests/{ApiClient.Segment(id)}";

    private static async Task<IResult> ShowAsync(Visit visit, string id, ProblemDocument? problem)
    {
        var shown = await visit.Api.GetAsync(One(visit, id), WireJson.Default.LockboxCase);
        var accesses = await visit.Api.GetAsync($"{One(visit, id)}/accesses?limit={MostAccesses}", WireJson.Default.PageLockboxAccess);
        return new HtmlPage<LockboxPage>(problem?.Status ?? 200, new()
        {
            ["Around"] = visit.Live() with { Title = visit.Frame.Texts.LockboxRequest, Path = "/console/lockbox/" + shown.Request.Id.ToString("D") },
            ["Shown"] = shown,
            ["Accesses"] = accesses.Items,
            ["Problem"] = problem,
        });
    }
}
