using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Contracts.Policy;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>A space: what it is, what is observed of it, what the rules say of it, its databases.</summary>
internal static class SpaceEndpoint
{
    internal const int Databases = 25;

    public static async Task<IResult> ShowAsync(Visit visit, string name)
    {
        var space = await visit.Api.GetAsync(visit.Space(name), WireJson.Default.Space);
        var page = await visit.Api.GetAsync(visit.Paged(visit.Space(name) + "/postgres", Databases), WireJson.Default.PageResourcePostgresSpecPostgresStatus);
        return new HtmlPage<SpacePage>(200, new()
        {
            ["Around"] = visit.Live(page.Items.Any(DatabaseEndpoint.IsBusy)) with { Title = string.Format(CultureInfo.InvariantCulture, visit.Frame.Texts.SpaceTitle, space.Name) },
            ["Space"] = space,
            ["Databases"] = page,
            ["Policy"] = await PolicyAsync(visit, name),
            ["Usage"] = await UsageEndpoint.ThisMonthAsync(visit, visit.Space(name), "total"),
            ["First"] = visit.PageToken is null,
        });
    }

    private static async Task<SpacePolicy?> PolicyAsync(Visit visit, string name)
    {
        try
        {
            return await visit.Api.GetAsync(visit.Space(name) + "/policy", WireJson.Default.SpacePolicy);
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status == 403)
        {
            return null;
        }
    }
}
