using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Lockbox;
using Beffroi.Platform.Tenancy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>Organizations: made and listed by the operator; each sees itself.</summary>
internal static class OrganizationEndpoints
{
    private const string Path = "/v1/organizations";
    private const string OperatorPath = "/operator/v1/organizations";
    private const string Example = """{ "id": "0193588e-a7e2-7c3b-9d56-0b1c5a6e7f80", "name": "demo", "createdAt": "2026-11-23T08:00:00+00:00" }""";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, ListOwnAsync)
            .Describe("listOrganizations", "Organizations", "List organizations", "Those that you belong to: one.", 400)
            .Produces<Contracts.Page<Organization>>();
        routes.MapGet(Path + "/{organization}", GetOwnAsync)
            .Describe("getOrganization", "Organizations", "Read an organization", "One's own.", 400, 403, 404)
            .Produces<Organization>()
            .WithExample(200, Example);
        routes.MapPut(OperatorPath + "/{organization}", PutAsync)
            .Describe(
                "putOrganization", "Organizations", "Create an organization", "With its first user, its owner, who gets in by an invitation or by a token. Repeating the same request changes nothing (200), as long as the invitation has not been used.",
                400, 403, 409, 413, 415, 422, 503)
            .Record(OperatorPermission.OrganizationManage.Name)
            .Accepts<PutOrganization>("application/json")
            .Produces<Organization>(200)
            .Produces<Organization>(201)
            .WithExample(0, $$"""{ "owner": "alice", "ownerInvitationSha256": "{{new string('0', 64)}}" }""")
            .WithExample(200, Example)
            .WithExample(201, Example);
        routes.MapGet(OperatorPath + "/{organization}", GetAsync)
            .Describe("operatorGetOrganization", "Organizations", "Read an organization", "Its name and since when it is here; nothing of what is in it.", 400, 403, 404)
            .Produces<Organization>()
            .WithExample(200, Example);
        routes.MapGet(OperatorPath, ListAsync)
            .Describe("operatorListOrganizations", "Organizations", "List organizations", "In order of name.", 400, 403)
            .WithPaging()
            .Produces<Contracts.Page<Organization>>();
    }

    private static Task<IResult> PutAsync(string organization, HttpContext http, Changes changes, Scopes scopes, IOrganizations organizations, BreakGlassLedger glasses) =>
        changes.RunAsync<OperatorPrincipal, PutOrganization>(
            http,
            OperatorPermission.OrganizationManage.Name,
            WireJson.Default.PutOrganization,
            (connection, token) => scopes.OperatorAsync(http, connection, OperatorPermission.OrganizationManage, token),
            async (connection, _, content, token) =>
            {
                var made = await organizations.CreateAsync(connection, organization, content, token);
                if (!made.Ok)
                {
                    return made.Problem;
                }

                if (made.Value.IsNew)
                {
                    await glasses.CatchUpAsync(connection, made.Value.Value.Id, organization, token);
                }

                ApiRequest.Of(http).OrganizationId = made.Value.Value.Id;
                return (Result<Accepted>?)new Accepted(made.Value.IsNew ? 201 : 200, JsonSerializer.Serialize(made.Value.Value, WireJson.Default.Organization))
                {
                    Headers = new Dictionary<string, string> { ["Location"] = OperatorPath + "/" + organization },
                    Note = made.Value.IsNew ? null : LedgerReason.Words("unchanged"),
                };
            });

    private static Task<IResult> GetOwnAsync(string organization, HttpContext http, Reads reads, IOrganizations organizations) =>
        reads.OrganizationAsync(
            http,
            organization,
            Permission.OrganizationRead,
            async (connection, _) => Query.Check(http) is { } bad ? bad
                : (Result<IResult>)Answer.Json((await organizations.FindAsync(connection, organization, http.RequestAborted))!, WireJson.Default.Organization),
            within: true);

    private static Task<IResult> ListOwnAsync(HttpContext http, Reads reads, IOrganizations organizations) =>
        reads.SelfAsync(http, async (connection, principal) => Query.Check(http, "limit", "pageToken") is { } bad ? bad
            : (Result<IResult>)Answer.Json(
                new Contracts.Page<Organization>([await organizations.GetAsync(connection, principal.OrganizationId!.Value, http.RequestAborted)], null),
                WireJson.Default.PageOrganization));

    private static Task<IResult> GetAsync(string organization, HttpContext http, Reads reads, IOrganizations organizations) =>
        reads.OperatorAsync(http, OperatorPermission.OrganizationRead, async connection =>
            Query.Check(http) is { } bad ? bad
            : ResourceName.IsValid(organization) && await organizations.FindAsync(connection, organization, http.RequestAborted) is { } found
                ? (Result<IResult>)Answer.Json(found, WireJson.Default.Organization)
                : Problems.NotFound);

    private static Task<IResult> ListAsync(HttpContext http, Reads reads, IOrganizations organizations) =>
        reads.OperatorAsync(http, OperatorPermission.OrganizationRead, async connection =>
        {
            var limit = Query.Limit(http);
            if ((Query.Check(http, "limit", "pageToken") ?? limit.Problem ?? Query.PageToken(http, ResourceName.IsValid).Problem) is { } bad)
            {
                return bad;
            }

            var page = await organizations.ListAsync(connection, new PageRequest(limit.Value, http.Request.Query["pageToken"]), http.RequestAborted);
            return page.Ok
                ? (Result<IResult>)Answer.Json(new Contracts.Page<Organization>(page.Value.Items, page.Value.NextPageToken), WireJson.Default.PageOrganization)
                : page.Problem;
        });
}
