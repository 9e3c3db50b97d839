using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Tenancy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>Organizations: made by the operator, seen by the operator and by their own people.</summary>
internal static class OrganizationEndpoints
{
    private const string Path = "/v1/organizations";
    private const string Example = """{ "id": "0193588e-a7e2-7c3b-9d56-0b1c5a6e7f80", "name": "demo", "createdAt": "2026-11-23T08:00:00+00:00" }""";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPut(Path + "/{organization}", PutAsync)
            .Describe(
                "putOrganization", "Organizations", "Create an organization", "With its first user. Repeating the same request changes nothing (200). The operator's.",
                400, 403, 409, 413, 415, 422, 503)
            .Record(Permission.OrganizationManage)
            .Accepts<PutOrganization>("application/json")
            .Produces<Organization>(200)
            .Produces<Organization>(201)
            .WithExample(0, $$"""{ "owner": "alice", "ownerTokenSha256": "{{new string('0', 64)}}" }""")
            .WithExample(200, Example)
            .WithExample(201, Example);
        routes.MapGet(Path + "/{organization}", GetAsync)
            .Describe("getOrganization", "Organizations", "Read an organization", "One's own, or any for the operator.", 400, 404)
            .Produces<Organization>()
            .WithExample(200, Example);
        routes.MapGet(Path, ListAsync)
            .Describe("listOrganizations", "Organizations", "List organizations", "In order of name. The operator's.", 400, 403)
            .WithPaging()
            .Produces<Contracts.Page<Organization>>();
    }

    private static async Task<IResult> PutAsync(string organization, HttpContext http, Changes changes, Scopes scopes, IOrganizations organizations)
    {
        ApiRequest.Of(http).Action = Permission.OrganizationManage;
        var body = await JsonBody.ReadAsync(http, http.RequestAborted);
        return !body.Ok
            ? new Refused(body.Problem)
            : await changes.RunAsync(
                http,
                body.Value,
                (_, _) => Task.FromResult(scopes.Installation(http, Permission.OrganizationManage)),
                async (connection, _, token) =>
                {
                    var errors = new List<FieldError>();
                    var content = JsonBody.Parse(body.Value, WireJson.Default.PutOrganization, errors);
                    if (Query.Check(http) is { } bad)
                    {
                        return bad;
                    }

                    if (!content.Ok)
                    {
                        return content.Problem;
                    }

                    if (errors.Count > 0)
                    {
                        return Problem.Invalid(errors);
                    }

                    var made = await organizations.CreateAsync(connection, organization, content.Value, token);
                    if (!made.Ok)
                    {
                        return made.Problem;
                    }

                    ApiRequest.Of(http).OrganizationId = made.Value.Value.Id;
                    return (Result<Accepted>?)new Accepted(made.Value.IsNew ? 201 : 200, JsonSerializer.Serialize(made.Value.Value, WireJson.Default.Organization))
                    {
                        Headers = new Dictionary<string, string> { ["Location"] = Path + "/" + organization },
                        Note = made.Value.IsNew ? null : "unchanged",
                    };
                },
                http.RequestAborted);
    }

    private static async Task<IResult> GetAsync(string organization, HttpContext http, NpgsqlDataSource store, Scopes scopes, IOrganizations organizations)
    {
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        var scope = await scopes.OrganizationAsync(http, connection, organization, Permission.OrganizationRead, http.RequestAborted);
        if (!scope.Ok && !scopes.Installation(http, Permission.OrganizationManage).Ok)
        {
            return new Refused(scope.Problem);
        }

        return Query.Check(http) is { } bad ? new Refused(bad)
            : await organizations.FindAsync(connection, organization, http.RequestAborted) is { } found ? Answer.Json(found, WireJson.Default.Organization)
            : new Refused(Problems.NotFound);
    }

    private static async Task<IResult> ListAsync(HttpContext http, NpgsqlDataSource store, Scopes scopes, IOrganizations organizations)
    {
        if ((scopes.Installation(http, Permission.OrganizationManage).Problem ?? Query.Check(http, "limit", "pageToken")) is { } refused)
        {
            return new Refused(refused);
        }

        var limit = Query.Limit(http);
        var after = Query.PageToken(http, ResourceName.IsValid);
        if ((limit.Problem ?? after.Problem) is { } bad)
        {
            return new Refused(bad);
        }

        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        var page = await organizations.ListAsync(connection, new PageRequest(limit.Value, http.Request.Query["pageToken"]), http.RequestAborted);
        return page.Ok
            ? Answer.Json(new Contracts.Page<Organization>(page.Value.Items, page.Value.NextPageToken), WireJson.Default.PageOrganization)
            : new Refused(page.Problem);
    }
}
