using System.Text;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Http;
using Beffroi.Platform.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Beffroi.Services.Postgres.Metrics;

/// <summary><c>GET …/postgres/{name}/metrics</c> and, of all that the caller may see in a space at once, <c>GET …/postgres-metrics</c>.</summary>
internal static class ReadMetrics
{
    private const int MostDatabases = 1000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        const string What = "For Prometheus and whatever reads its text format, as the agents measured in the last ten seconds. No series names anything that is in a database.";
        routes.MapGet(PostgresRoutes.Metrics, OneAsync)
            .Describe("readPostgresMetrics", PostgresRoutes.Tag, "Read a PostgreSQL's metrics", What, 400, 403, 404)
            .Produces<string>(200, "text/plain");
        routes.MapGet(PostgresRoutes.SpaceMetrics, AllAsync)
            .Describe("readSpacePostgresMetrics", PostgresRoutes.Tag, "Read the metrics of a space's PostgreSQLs", What + " Of a thousand at most, in order of name.", 400, 403, 404)
            .Produces<string>(200, "text/plain");
    }

    private static Task<IResult> OneAsync(string organization, string space, string name, HttpContext http, Reads reads, IResources resources, IAgents agents, TimeProvider time) =>
        reads.ResourceAsync(http, organization, space, PostgresRoutes.Kind, name, Permission.PostgresMetricsRead, async (connection, scope) =>
            Query.Check(http) is { } bad ? bad
            : ResourceName.IsValid(name) && await resources.FindByNameAsync(connection, scope.Id, PostgresRoutes.Kind, name, http.RequestAborted) is { } row
                ? Text([await MeasuredDatabase.MeasureAsync(connection, row, agents, time, http.RequestAborted)])
            : Problems.NotFound);

    private static Task<IResult> AllAsync(string organization, string space, HttpContext http, Reads reads, IResources resources, IAgents agents, TimeProvider time) =>
        reads.SpaceAsync(http, organization, space, Permission.PostgresMetricsRead, async (connection, scope) =>
        {
            if (Query.Check(http) is { } bad)
            {
                return bad;
            }

            var rows = await resources.ListAsync(
                connection, scope.Id, PostgresRoutes.Kind, null, LabelSelector.Parse("selector", null).Value!, MostDatabases, http.RequestAborted,
                ApiRequest.Of(http).Rights!.Resources(Permission.PostgresMetricsRead, scope.Id));
            var measured = new List<MeasuredDatabase>();
            foreach (var row in rows)
            {
                measured.Add(await MeasuredDatabase.MeasureAsync(connection, row, agents, time, http.RequestAborted));
            }

            return Text(measured);
        }, within: true);

    private static Result<IResult> Text(IReadOnlyList<MeasuredDatabase> measured) => (Result<IResult>)TypedResults.Text(MetricsText.Write(measured), MetricsText.ContentType, Encoding.UTF8);
}
