using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Quotas;
using Beffroi.Platform.Tenancy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>Quotas: the operator sets an organization's, the organization divides it among its spaces.</summary>
internal static class QuotaEndpoints
{
    private const string OfOrganization = "/v1/organizations/{organization}/quota";
    private const string OfSpace = "/v1/organizations/{organization}/spaces/{space}/quota";
    private const string ForOperator = "/operator/v1/organizations/{organization}/quota";
    private const string Tag = "Quotas";
    private const string Example = """{ "cpus": 16, "memory": "64GiB", "storage": "2TiB", "resources": { "postgres": 10 } }""";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(OfOrganization, (string organization, HttpContext http, Reads reads, IQuotas quotas) =>
                reads.OrganizationAsync(http, organization, Permission.QuotaRead, async (connection, owner) =>
                    Query.Check(http) is { } bad ? bad
                    : (Result<IResult>)Answer.Json(Show(organization, null, await quotas.FindAsync(connection, owner, null, http.RequestAborted)), WireJson.Default.Quota)))
            .Describe("getOrganizationQuota", Tag, "Read the organization's quota", "And what is used of it.", 400, 403, 404)
            .Produces<Quota>();
        routes.MapGet(OfSpace, (string organization, string space, HttpContext http, Reads reads, IQuotas quotas) =>
                reads.SpaceAsync(http, organization, space, Permission.QuotaRead, async (connection, scope) =>
                    Query.Check(http) is { } bad ? bad
                    : (Result<IResult>)Answer.Json(Show(organization, space, await quotas.FindAsync(connection, scope.OrganizationId, scope.Id, http.RequestAborted)), WireJson.Default.Quota)))
            .Describe("getSpaceQuota", Tag, "Read a space's quota", "And what is used of it.", 400, 403, 404)
            .Produces<Quota>();
        Put(routes.MapPut(OfSpace, PutOfSpace), "putSpaceQuota", "Set a space's quota", "All of it: what is left out has no limit but the organization's. Nothing that exists is taken away.");
        routes.MapGet(ForOperator, (string organization, HttpContext http, Reads reads, IOrganizations organizations, IQuotas quotas) =>
                reads.OperatorAsync(http, OperatorPermission.QuotaRead, async connection =>
                    Query.Check(http) is { } bad ? bad
                    : ResourceName.IsValid(organization) && await organizations.FindAsync(connection, organization, http.RequestAborted) is { } found
                        ? (Result<IResult>)Answer.Json(Show(organization, null, await quotas.FindAsync(connection, found.Id, null, http.RequestAborted)), WireJson.Default.Quota)
                        : Problems.NotFound))
            .Describe("operatorGetQuota", Tag, "Read an organization's quota", "And how much of it is used, in numbers.", 400, 403, 404)
            .Produces<Quota>();
        Put(routes.MapPut(ForOperator, PutOfOrganization), "operatorPutQuota", "Set an organization's quota", "All of it: what is left out has no limit. Nothing that exists is taken away.");
    }

    private static void Put(RouteHandlerBuilder route, string id, string summary, string description) => route
        .Describe(id, Tag, summary, description, 400, 403, 404, 413, 415, 422, 503)
        .Record(Permission.QuotaManage)
        .Accepts<QuotaLimits>("application/json")
        .Produces<Quota>()
        .WithExample(0, Example);

    private static Task<IResult> PutOfSpace(string organization, string space, HttpContext http, Changes changes, Scopes scopes, IQuotas quotas) =>
        changes.RunAsync<SpaceRecord, QuotaLimits>(
            http,
            Permission.QuotaManage,
            WireJson.Default.QuotaLimits,
            (connection, token) => scopes.SpaceAsync(http, connection, organization, space, Permission.QuotaManage, token),
            async (connection, scope, limits, token) =>
                await quotas.SetAsync(connection, scope.OrganizationId, scope.Id, limits, token) is { } wrong ? wrong
                : (Result<Accepted>?)Accepted(Show(organization, space, await quotas.FindAsync(connection, scope.OrganizationId, scope.Id, token)), scope.Id));

    private static Task<IResult> PutOfOrganization(string organization, HttpContext http, Changes changes, Scopes scopes, IOrganizations organizations, IQuotas quotas) =>
        changes.RunAsync<OperatorPrincipal, QuotaLimits>(
            http,
            OperatorPermission.QuotaManage.Name,
            WireJson.Default.QuotaLimits,
            (connection, token) => scopes.OperatorAsync(http, connection, OperatorPermission.QuotaManage, token),
            async (connection, _, limits, token) =>
            {
                if (!ResourceName.IsValid(organization) || await organizations.FindAsync(connection, organization, token) is not { } found)
                {
                    return Problems.NotFound;
                }

                // It is told in the organization's ledger too: it is about them.
                ApiRequest.Of(http).OrganizationId = found.Id;
                return await quotas.SetAsync(connection, found.Id, null, limits, token) is { } wrong ? wrong
                    : (Result<Accepted>?)Accepted(Show(organization, null, await quotas.FindAsync(connection, found.Id, null, token)), found.Id);
            });

    private static Accepted Accepted(Quota quota, Guid id) => new(200, JsonSerializer.Serialize(quota, WireJson.Default.Quota)) { ResourceId = id };

    private static Quota Show(string organization, string? space, (QuotaLimits Limits, QuotaUse Used) found) => new(organization, space, found.Limits, found.Used);
}
