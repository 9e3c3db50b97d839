using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>Reading operations.</summary>
internal static class OperationEndpoints
{
    private const string Path = "/v1/organizations/{organization}/spaces/{space}/operations";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path + "/{id}", Get)
            .Describe("getOperation", "Operations", "Read an operation", "Shows how far a change has come, step by step.", 400, 403, 404)
            .Produces<Operation>();
        routes.MapGet(Path, List)
            .Describe("listOperations", "Operations", "List operations", "The newest come first.", 400, 403, 404)
            .WithPaging()
            .Produces<Page<Operation>>();
    }

    private static Task<IResult> Get(string organization, string space, string id, HttpContext http, Reads reads, IOperations operations) =>
        reads.SpaceAsync(http, organization, space, Permission.OperationRead, async (connection, scope) =>
            Query.Check(http) is { } bad ? bad
            : Guid.TryParseExact(id, "D", out var key) && await operations.FindInSpaceAsync(connection, scope.Id, key, http.RequestAborted) is { } operation
                ? (Result<IResult>)Answer.Json(operation, WireJson.Default.Operation)
                : Problems.NotFound);

    private static Task<IResult> List(string organization, string space, HttpContext http, Reads reads, IOperations operations) =>
        reads.SpaceAsync(http, organization, space, Permission.OperationRead, async (connection, scope) =>
        {
            var page = Query.Page(http);
            if (!page.Ok)
            {
                return page.Problem;
            }

            var found = await operations.ListAsync(connection, scope.Id, page.Value.Position, page.Value.Limit + 1, http.RequestAborted);
            return (Result<IResult>)Answer.Json(Answer.Page(found, page.Value.Limit, o => o.Id.ToString("D")), WireJson.Default.PageOperation);
        });
}
