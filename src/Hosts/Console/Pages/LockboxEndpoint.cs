using Beffroi.Contracts;
using Beffroi.Contracts.Lockbox;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>What the operator's people ask to see, and what they were shown. Agreeing takes a signature: by a passkey that is registered for it, or at the command line; refusing and closing is a click.</summary>
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

    public static async Task<IResult> ApproveAsync(Visit visit, string id)
    {
        var field = await visit.FormAsync(LockboxKeysEndpoint.Longest);
        return await Visit.ChangeAsync(
            () => visit.Api.PostAsync(One(visit, id) + "/approve", new ApproveLockbox(field("signature")), WireJson.Default.ApproveLockbox, WireJson.Default.LockboxCase),
            "/console/lockbox/" + ApiClient.Segment(id), problem => ShowAsync(visit, id, problem));
    }

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
        var passkey = await OwnPasskeyAsync(visit, shown);
        // What is about to be signed doesn't change while it is read.
        var frame = passkey is null ? visit.Live() : visit.Frame with { Scripts = [ScriptFiles.Consent] };
        return new HtmlPage<LockboxPage>(problem?.Status ?? 200, new()
        {
            ["Around"] = frame with { Title = visit.Frame.Texts.LockboxRequest, Path = "/console/lockbox/" + shown.Request.Id.ToString("D") },
            ["Shown"] = shown,
            ["Accesses"] = accesses.Items,
            ["Passkey"] = passkey,
            ["Problem"] = problem,
        });
    }

    // The passkey with which this person can approve it; null if it isn't theirs to, or takes the command line.
    private static async Task<string?> OwnPasskeyAsync(Visit visit, LockboxCase shown) =>
        shown is { Request.State: "waiting", Consent: not null } && shown.Approvals.All(a => a.By != visit.Frame.Name)
            ? (await LockboxKeysEndpoint.ListAsync(visit)).FirstOrDefault(k => k.Account == visit.Frame.Name && k.Kind == LockboxTerms.PasskeyKey)?.Key : null;
}
