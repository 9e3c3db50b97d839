using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Http;
using Beffroi.Platform.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Beffroi.Services.Postgres;

/// <summary><c>GET …/postgres</c>.</summary>
internal static class ListPostgres
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(PostgresRoutes.All, Handle)
            .Describe("listPostgres", PostgresRoutes.Tag, "List PostgreSQLs", "In order of name.", 400, 403, 404)
            .Produces<Page<Resource<PostgresSpec, PostgresStatus>>>()
            .WithPaging()
            .WithQuery("selector", "Only those with all of these labels: `key=value`, comma separated.")
            .WithExample(200, $$"""{ "items": [{{PostgresExamples.Resource}}] }""");

    private static Task<IResult> Handle(string organization, string space, HttpContext http, Reads reads, IResources resources) =>
        reads.SpaceAsync(http, organization, space, Permission.PostgresRead, async (connection, scope) =>
        {
            if (Query.Check(http, "limit", "pageToken", "selector") is { } bad)
            {
                return bad;
            }

            var limit = Query.Limit(http);
            var after = Query.PageToken(http, ResourceName.IsValid);
            var selector = LabelSelector.Parse("selector", http.Request.Query["selector"]);
            if ((limit.Problem ?? after.Problem ?? selector.Problem) is { } wrong)
            {
                return wrong with { Status = StatusCodes.Status400BadRequest, Type = "invalid-query", Title = "The query is not valid" };
            }

            var found = await resources.ListAsync(
                connection, scope.Id, PostgresRoutes.Kind, after.Value, selector.Value!, limit.Value + 1, http.RequestAborted,
                ApiRequest.Of(http).Rights!.Resources(Permission.PostgresRead, scope.Id));
            var page = Answer.Page(found, limit.Value, row => row.Name);
            return (Result<IResult>)Answer.Json(
                new Page<Resource<PostgresSpec, PostgresStatus>>([.. page.Items.Select(PostgresView.Of)], page.NextPageToken),
                WireJson.Default.PageResourcePostgresSpecPostgresStatus);
        }, within: true);
}
