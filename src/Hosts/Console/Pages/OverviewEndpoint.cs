using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>A space with what is in it.</summary>
/// <param name="Space">The space.</param>
/// <param name="Databases">Its first databases; null where this person may not see any.</param>
internal sealed record SpaceWithDatabases(Space Space, Page<Resource<PostgresSpec, PostgresStatus>>? Databases);

/// <summary>The first page: the organization's spaces, and the databases in them.</summary>
internal static class OverviewEndpoint
{
    // Each space is a question of its own to the API.
    internal const int Spaces = 10, Databases = 20;

    public static async Task<IResult> ShowAsync(Visit visit)
    {
        var page = await visit.Api.GetAsync(visit.Paged(visit.Root + "/spaces", Spaces), WireJson.Default.PageSpace);
        var shown = await Task.WhenAll(page.Items.Select(async space => new SpaceWithDatabases(space, await DatabasesAsync(visit, space.Name))));
        var usage = await UsageEndpoint.ThisMonthAsync(visit, visit.Root, "space");
        return new HtmlPage<OverviewPage>(200, new()
        {
            ["Around"] = visit.Live(shown.Any(s => s.Databases?.Items.Any(DatabaseEndpoint.IsBusy) == true)) with { Title = visit.Frame.Texts.Overview },
            ["Spaces"] = shown,
            ["Usage"] = usage,
            ["Next"] = page.NextPageToken,
            ["First"] = visit.PageToken is null,
        });
    }

    private static async Task<Page<Resource<PostgresSpec, PostgresStatus>>?> DatabasesAsync(Visit visit, string space)
    {
        try
        {
            return await visit.Api.GetAsync(visit.Space(space) + "/postgres?limit=" + Databases.ToString(System.Globalization.CultureInfo.InvariantCulture), WireJson.Default.PageResourcePostgresSpecPostgresStatus);
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 404)
        {
            return null;
        }
    }
}
