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

/// <summary><c>GET …/postgres/{name}</c>.</summary>
internal static class GetPostgres
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(PostgresRoutes.One, Handle)
            .Describe("getPostgres", PostgresRoutes.Tag, "Read a PostgreSQL", "Shows what was asked for and what was observed; and, as the condition `PolicyHolds`, where the space's rules don't hold or only because it is an evaluation.", 400, 403, 404)
            .Produces<Resource<PostgresSpec, PostgresStatus>>()
            .WithResponseHeader("ETag", "Changes with everything shown but `PolicyHolds`, which is the space's.", 200)
            .WithExample(200, PostgresExamples.Resource);

    private static Task<IResult> Handle(string organization, string space, string name, HttpContext http, Reads reads, IResources resources) =>
        reads.ResourceAsync(http, organization, space, PostgresRoutes.Kind, name, Permission.PostgresRead, async (connection, scope) =>
        {
            if (Query.Check(http) is { } bad)
            {
                return bad;
            }

            var row = ResourceName.IsValid(name)
                ? await resources.FindByNameAsync(connection, scope.Id, PostgresRoutes.Kind, name, http.RequestAborted)
                : null;
            if (row is null)
            {
                return Problems.NotFound;
            }

            http.Response.Headers.ETag = "\"" + Preconditions.Etag(row) + "\"";
            return (Result<IResult>)Answer.Json(PostgresView.Of(row), WireJson.Default.ResourcePostgresSpecPostgresStatus);
        });
}
