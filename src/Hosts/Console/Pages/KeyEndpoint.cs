using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>The organization's key: its state, sealing, unsealing and rotation.</summary>
internal static class KeyEndpoint
{
    public static async Task<IResult> ShowAsync(Visit visit)
    {
        var key = await ReadAsync(visit);
        return new HtmlPage<KeyPage>(200, new()
        {
            ["Around"] = visit.Live(key.State is "sealing" or "unsealing" || key.Operation?.State == "running") with { Title = visit.Frame.Texts.Key },
            ["Key"] = key,
        });
    }

    public static async Task<IResult> ConfirmAsync(Visit visit, string what) => Question(visit, await ReadAsync(visit), what).Page(visit);

    public static async Task<IResult> ChangeAsync(Visit visit, string what)
    {
        var field = await visit.FormAsync();
        if (what == "seal" && !string.Equals(field("name"), visit.Frame.Organization, StringComparison.Ordinal))
        {
            return Question(visit, await ReadAsync(visit), what).Page(visit, wrong: true);
        }

        var provider = field("provider");
        try
        {
            var path = $"{visit.Root}/key/{what}";
            await (what == "rotate"
                ? visit.Api.PostAsync(path, new RotateKey(provider.Length > 0 ? provider : null), WireJson.Default.RotateKey, WireJson.Default.Operation)
                : visit.Api.RequestAsync(HttpMethod.Post, path, WireJson.Default.Operation));
            return new SeeOther("/console/key");
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 409 or 422)
        {
            return (Question(visit, await ReadAsync(visit), what) with { Chosen = provider }).Page(visit, refusal.Problem);
        }
    }

    private static Task<OrganizationKey> ReadAsync(Visit visit) => visit.Api.GetAsync(visit.Root + "/key", WireJson.Default.OrganizationKey);

    private static Confirmation Question(Visit visit, OrganizationKey key, string what)
    {
        var t = visit.Frame.Texts;
        var path = "/console/key/" + what;
        string Text(string format) => string.Format(CultureInfo.InvariantCulture, format, key.Organization);
        if (what != "rotate")
        {
            return what == "seal"
                ? new(Text(t.SealTitle), path, "/console/key", t.Key, Text(t.SealMore), t.Seal, "beffroi key seal", Danger: true, Type: key.Organization)
                : new(Text(t.UnsealTitle), path, "/console/key", t.Key, t.UnsealMore, t.Unseal, "beffroi key unseal");
        }

        List<string> others = [.. key.Providers.Where(p => p != key.Provider)];
        return new(
            t.Rotate, path, "/console/key", t.Key, t.RotateMore, t.Rotate, string.Join('\n', ["beffroi key rotate", .. others.Select(p => "beffroi key rotate --provider " + p)]),
            Present: key.Provider ?? "–", Others: others);
    }
}
