using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>A PostgreSQL: how it is, how to connect, what was done last.</summary>
internal static class DatabaseEndpoint
{
    // The API lists a space's operations, not a resource's: of how many of the newest this one's are picked.
    private const int Looked = 200;
    private const int Shown = 5;

    public static async Task<IResult> ShowAsync(Visit visit, string space, string name)
    {
        var database = await visit.Api.GetAsync(visit.Postgres(space, name), WireJson.Default.ResourcePostgresSpecPostgresStatus);
        var operations = await OperationsAsync(visit, space, database.Id);
        return new HtmlPage<PostgresPage>(200, new()
        {
            ["Around"] = visit.Live(operations?.Any(o => o.State == "running") ?? IsBusy(database)) with { Title = database.Name },
            ["Database"] = database,
            ["Operations"] = operations,
            ["Measured"] = await MeasuredAsync(visit, space, name),
        });
    }

    /// <summary>Whether it will soon be otherwise.</summary>
    public static bool IsBusy(Resource<PostgresSpec, PostgresStatus> database) => database.Status.State is "creating" or "updating" or "starting";

    /// <summary>Null where this person may not see it.</summary>
    private static async Task<IReadOnlyList<PostgresMetric>?> MeasuredAsync(Visit visit, string space, string name)
    {
        try
        {
            return PostgresMetric.Parse(await visit.Api.TextAsync(visit.Postgres(space, name) + "/metrics"));
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 404)
        {
            return null;
        }
    }

    /// <summary>Null where this person may not see any.</summary>
    private static async Task<IReadOnlyList<Operation>?> OperationsAsync(Visit visit, string space, Guid database)
    {
        try
        {
            var page = await visit.Api.GetAsync(visit.Space(space) + "/operations?limit=" + Looked.ToString(System.Globalization.CultureInfo.InvariantCulture), WireJson.Default.PageOperation);
            return [.. page.Items.Where(o => o.ResourceId == database).Take(Shown)];
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 404)
        {
            return null;
        }
    }
}
