using Beffroi.Contracts;
using Beffroi.Contracts.Lockbox;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>The public keys that approve what the operator's people ask to see, and registering one's own passkey among them.</summary>
internal static class LockboxKeysEndpoint
{
    /// <summary>The longest key and the longest signature, in characters.</summary>
    public const int Longest = 6000;

    private const string Here = "/console/lockbox/keys";

    public static Task<IResult> ShowAsync(Visit visit) => ShowAsync(visit, null);

    public static async Task<IResult> RegisterAsync(Visit visit)
    {
        var field = await visit.FormAsync(Longest);
        return await Visit.ChangeAsync(
            () => visit.Api.PutAsync(Path(visit), new PutLockboxKey(field("key"), field("signature")), WireJson.Default.PutLockboxKey, WireJson.Default.LockboxKey), Here, problem => ShowAsync(visit, problem));
    }

    public static async Task<IResult> RemoveAsync(Visit visit)
    {
        await visit.FormAsync();
        return await Visit.ChangeAsync(
            () => visit.Api.RequestAsync(HttpMethod.Delete, $"{Path(visit)}/{Visit.Name(visit.Frame.Name)}", WireJson.Default.LockboxKey), Here, problem => ShowAsync(visit, problem));
    }

    /// <summary>All that are registered.</summary>
    public static async Task<IReadOnlyList<LockboxKey>> ListAsync(Visit visit) => (await visit.Api.GetAsync(Path(visit), WireJson.Default.PageLockboxKey)).Items;

    private static string Path(Visit visit) => visit.Root + "/lockbox-keys";

    private static async Task<IResult> ShowAsync(Visit visit, ProblemDocument? problem) => new HtmlPage<LockboxKeysPage>(problem?.Status ?? 200, new()
    {
        ["Around"] = visit.Frame with { Title = visit.Frame.Texts.ApproverKeys, Path = Here, Scripts = [ScriptFiles.Consent] },
        ["Keys"] = await ListAsync(visit),
        ["Passkeys"] = await PasskeysAsync(visit),
        ["Allowed"] = (await ApprovalsEndpoint.SafeguardsAsync(visit))?.PasskeyConsents,
        ["Problem"] = problem,
    });

    // None for who may not approve. The browser's origin is that of this page.
    private static async Task<IReadOnlyList<LockboxPasskey>> PasskeysAsync(Visit visit)
    {
        try
        {
            var origin = "https://" + visit.Http.Request.Host.Value;
            return (await visit.Api.GetAsync($"{visit.Root}/lockbox-passkeys?origin={Uri.EscapeDataString(origin)}", WireJson.Default.PageLockboxPasskey)).Items;
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status == 403)
        {
            return [];
        }
    }
}
