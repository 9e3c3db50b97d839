using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Conditions;
using Beffroi.Platform.Policy;
using Beffroi.Platform.Tenancy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>An organization's spaces.</summary>
internal static class SpaceEndpoints
{
    private const string Path = "/v1/organizations/{organization}/spaces";
    private const string Example =
        """
        {
          "id": "0193588e-a7e2-7c3b-9d56-0b1c5a6e7f80", "organization": "demo", "name": "eval", "classification": "open", "zone": "local",
          "network": "10.93.0.0/24", "createdAt": "2026-11-23T08:00:00+00:00"
        }
        """;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPut(Path + "/{space}", PutAsync)
            .Describe(
                "putSpace", "Spaces", "Create a space",
                "An isolated network in a zone. Say what its data are (a classification or a label) or that it is an evaluation: without that none is created, and rules refuse data in a zone that is not fit for them. Repeating the same request changes nothing (200).",
                400, 403, 404, 409, 413, 415, 422, 503)
            .Record(Permission.SpaceCreate)
            .Accepts<PutSpace>("application/json")
            .Produces<Space>(200)
            .Produces<Space>(201)
            .WithExample(0, """{ "classification": "open", "zone": "local" }""")
            .WithExample(200, Example)
            .WithExample(201, Example);
        routes.MapGet(Path + "/{space}", GetAsync)
            .Describe("getSpace", "Spaces", "Read a space", "Shows its zone, classification and network.", 400, 403, 404)
            .Produces<Space>()
            .WithExample(200, Example);
        routes.MapGet(Path, ListAsync)
            .Describe("listSpaces", "Spaces", "List spaces", "In order of name.", 400, 403, 404)
            .WithPaging()
            .Produces<Contracts.Page<Space>>();
    }

    private static async Task<IResult> PutAsync(
        string organization, string space, HttpContext http, Changes changes, Scopes scopes, IOrganizations organizations, ISpaces spaces, IPolicy policy, PlatformOptions options)
    {
        ApiRequest.Of(http).Action = Permission.SpaceCreate;
        var body = await JsonBody.ReadAsync(http, http.RequestAborted);
        return !body.Ok
            ? new Refused(body.Problem)
            : await changes.RunAsync(
                http,
                body.Value,
                (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.SpaceCreate, token),
                async (connection, _, token) =>
                {
                    var errors = new List<FieldError>();
                    var content = JsonBody.Parse(body.Value, WireJson.Default.PutSpace, errors);
                    if ((Query.Check(http) ?? content.Problem) is { } bad)
                    {
                        return bad;
                    }

                    if (ResourceName.Check("space", space) is { } name)
                    {
                        errors.Add(name);
                    }

                    if (errors.Count > 0)
                    {
                        return Problem.Invalid(errors);
                    }

                    var owner = await organizations.FindAsync(connection, organization, token);
                    var made = await spaces.CreateAsync(connection, owner!, space, content.Value!, ApiRequest.Of(http).Actor, token);
                    if (!made.Ok)
                    {
                        return made.Problem;
                    }

                    var shown = View(made.Value.Value, options);
                    return (Result<Accepted>?)new Accepted(made.Value.IsNew ? 201 : 200, JsonSerializer.Serialize(shown, WireJson.Default.Space))
                    {
                        Headers = new Dictionary<string, string> { ["Location"] = $"/v1/organizations/{organization}/spaces/{space}" },
                        ResourceId = shown.Id,
                        Note = made.Value.IsNew ? null : LedgerReason.Words("unchanged"),
                        Policy = (await policy.AdmitAsync(connection, shown.Id, token)).Note,
                    };
                },
                http.RequestAborted);
    }

    private static Task<IResult> GetAsync(string organization, string space, HttpContext http, Reads reads, ISpaces spaces, ISpaceConditions conditions, PlatformOptions options) =>
        reads.SpaceAsync(http, organization, space, Permission.SpaceRead, async (connection, scope) =>
            Query.Check(http) is { } bad ? bad
            : await spaces.FindAsync(connection, scope.Id, http.RequestAborted) is { } found
                ? (Result<IResult>)Answer.Json(
                    View(found, options) with { Conditions = await conditions.ListAsync(connection, scope.Id, http.RequestAborted) }, WireJson.Default.Space)
                : Problems.NotFound);

    private static Task<IResult> ListAsync(string organization, HttpContext http, Reads reads, ISpaces spaces, PlatformOptions options) =>
        reads.OrganizationAsync(http, organization, Permission.SpaceRead, async (connection, owner) =>
        {
            var limit = Query.Limit(http);
            if ((Query.Check(http, "limit", "pageToken") ?? limit.Problem ?? Query.PageToken(http, ResourceName.IsValid).Problem) is { } bad)
            {
                return bad;
            }

            var page = await spaces.ListAsync(connection, owner, new PageRequest(limit.Value, http.Request.Query["pageToken"]), http.RequestAborted,
                ApiRequest.Of(http).Rights!.Spaces(Permission.SpaceRead));
            return page.Ok
                ? (Result<IResult>)Answer.Json(
                    new Contracts.Page<Space>([.. page.Value.Items.Select(s => View(s, options))], page.Value.NextPageToken), WireJson.Default.PageSpace)
                : page.Problem;
        }, within: true);

    private static Space View(SpaceRecord space, PlatformOptions options) => new(
        space.Id, space.OrganizationName, space.Name, space.Classification, space.Zone,
        new SpaceSubnet(options.SpaceRange).Subnet(space.NetworkIndex).ToString(), space.CreatedAt);
}
