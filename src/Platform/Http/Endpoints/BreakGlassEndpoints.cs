using Beffroi.Contracts;
using Beffroi.Contracts.Lockbox;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Lockbox;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>What a customer sees of it when two of the operator's people open the infrastructure's inventory.</summary>
internal static class BreakGlassEndpoints
{
    private const string Path = "/v1/organizations/{organization}/break-glasses";
    private const string Tag = "Lockbox";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, ListAsync)
            .Describe(
                "listBreakGlasses", Tag, "List when the operator broke the glass",
                "Each time that two of the operator's people opened the list of what is on the hosts, which has no customer's data: who, why, until when, and how often it was looked at; the newest first. Each is in the ledger, too.",
                400, 403, 404)
            .WithPaging()
            .Produces<Page<BreakGlass>>();
        routes.MapGet(Path + "/{breakGlass}", GetAsync)
            .Describe("getBreakGlass", Tag, "Read one breaking of the glass", "Who, why, until when, and how often it was looked at.", 400, 403, 404)
            .Produces<BreakGlass>();
    }

    private static Task<IResult> ListAsync(string organization, HttpContext http, Reads reads) =>
        reads.OrganizationAsync(http, organization, Permission.LockboxRead, (connection, owner) => PageAsync(http, connection, owner));

    private static Task<IResult> GetAsync(string organization, string breakGlass, HttpContext http, Reads reads) =>
        reads.OrganizationAsync(http, organization, Permission.LockboxRead, (connection, owner) => OneAsync(http, connection, owner, breakGlass));

    /// <summary>A page of those that an organization sees, or for null of all.</summary>
    internal static async Task<Result<IResult>> PageAsync(HttpContext http, NpgsqlConnection connection, Guid? owner)
    {
        var page = Query.Page(http);
        if (!page.Ok)
        {
            return page.Problem;
        }

        var found = await BreakGlassTable.ListAsync(connection, owner, page.Value.Position, page.Value.Limit + 1, http.RequestAborted);
        return (Result<IResult>)Answer.Json(Answer.Page(found.ConvertAll(r => r.Shown), page.Value.Limit, r => r.Id.ToString("D")), WireJson.Default.PageBreakGlass);
    }

    /// <summary>One that an organization sees, or for null any.</summary>
    internal static async Task<Result<IResult>> OneAsync(HttpContext http, NpgsqlConnection connection, Guid? owner, string breakGlass) =>
        Query.Check(http) is { } bad ? bad
        : Guid.TryParseExact(breakGlass, "D", out var id) && await BreakGlassTable.FindAsync(connection, owner, id, http.RequestAborted) is { } row
            ? (Result<IResult>)Answer.Json(row.Shown, WireJson.Default.BreakGlass)
            : Problems.NotFound;
}
