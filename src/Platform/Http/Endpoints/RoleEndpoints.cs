using System.Collections.Frozen;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>Roles, built-in and an organization's own, and who has them where.</summary>
internal static class RoleEndpoints
{
    private const string Path = "/v1/organizations/{organization}/roles";
    private const string GrantPath = "/v1/organizations/{organization}/grants";
    private const string Tag = "Roles";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, List).Describe("listRoles", Tag, "List roles", "The built-in ones, then the organization's own, each with its permissions.", 400, 403, 404).Produces<Page<Role>>();
        routes.MapPut(Path + "/{role}", Put)
            .Describe("putRole", Tag, "Create or change a role", "A set of permissions, at most those that the caller has. A change is a change of everybody's rights who has the role.", 400, 403, 404, 409, 413, 415, 422, 503)
            .Record("role.put").ChangesAccess()
            .Accepts<PutRole>("application/json")
            .Produces<Role>(200)
            .Produces<Role>(201)
            .WithExample(0, """{ "permissions": ["postgres.read"], "description": "Looks at databases" }""");
        routes.MapDelete(Path + "/{role}", Delete)
            .Describe("deleteRole", Tag, "Remove a role", "One that nobody has any more.", 400, 403, 404, 409, 503)
            .Record("role.delete").ChangesAccess()
            .Produces<Role>();
        routes.MapGet(GrantPath, ListGrants)
            .Describe("listGrants", Tag, "List who has which role where", "In the organization, or in those spaces of it whose access the caller may see.", 400, 403, 404)
            .WithPaging()
            .Produces<Page<Grant>>();
        routes.MapPut(GrantPath, PutGrant)
            .Describe("putGrant", Tag, "Grant a role", "In the organization, a space or on a resource; at most what the caller has there. Repeating it changes nothing (200).", 400, 403, 404, 409, 413, 415, 422, 503)
            .Record("grant.put").ChangesAccess()
            .Accepts<PutGrant>("application/json")
            .Produces<Grant>(200)
            .Produces<Grant>(201)
            .WithExample(0, """{ "role": "developer", "group": "dba", "space": "eval" }""");
        routes.MapDelete(GrantPath + "/{grant}", DeleteGrant)
            .Describe("deleteGrant", Tag, "Withdraw a role", "At once: what was under way is over, and nothing is accepted any more that needed it, when this has been answered.", 400, 403, 404, 409, 503)
            .Record("grant.delete").ChangesAccess()
            .Produces<Grant>();
    }

    private static Task<IResult> List(string organization, HttpContext http, Reads reads) =>
        reads.OrganizationAsync(http, organization, Permission.AccessRead, async (connection, owner) =>
            Query.Check(http, "limit", "pageToken") is { } bad ? bad
            : (Result<IResult>)Answer.Json(
                new Page<Role>(
                    [
                        .. Roles.Names.Select(name => new Role(name, true, "", [.. Roles.Permissions(name).Order(StringComparer.Ordinal)])),
                        .. await CustomRoles.ListAsync(connection, owner, http.RequestAborted),
                    ],
                    null),
                WireJson.Default.PageRole));

    private static Task<IResult> Put(string organization, string role, HttpContext http, Changes changes, Scopes scopes) =>
        changes.RunAsync<Guid, PutRole>(
            http,
            "role.put",
            WireJson.Default.PutRole,
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AccessManage, token),
            async (connection, owner, content, token) =>
            {
                FieldError?[] errors =
                [
                    ResourceName.Check("role", role),
                    Roles.Names.Contains(role) ? new FieldError("role", "This is a built-in role, which can't be changed.", "another name") : null,
                    content.Permissions is null || content.Permissions.Except(Roles.AllPermissions).Any()
                        ? new FieldError("permissions", "There is a permission that doesn't exist.", string.Join(", ", Roles.AllPermissions))
                        : null,
                    content.Description.Length > 200 || content.Description.Any(char.IsControl) ? new FieldError("description", "This description is not valid.", "at most 200 characters, no control characters") : null,
                ];
                if (errors.OfType<FieldError>().ToList() is { Count: > 0 } wrong)
                {
                    return Problem.Invalid(wrong);
                }

                var rights = ApiRequest.Of(http).Rights!;
                var before = (await CustomRoles.FindAsync(connection, owner, role, token))?.Permissions ?? [];
                if (!rights.Covers(Everywhere(content.Permissions!)) || !rights.Covers(Everywhere(before)))
                {
                    return Accounts.BeyondOwnRights;
                }

                var isNew = await CustomRoles.PutAsync(connection, owner, role, content, token);
                return (Result<Accepted>?)MemberEndpoints.Put(isNew, (await CustomRoles.FindAsync(connection, owner, role, token))!, WireJson.Default.Role, null);
            });

    private static AccessRights Everywhere(IReadOnlyList<string> permissions) => new([new HeldGrant(permissions.ToFrozenSet(StringComparer.Ordinal), AccessScope.Organization)]);

    private static Task<IResult> Delete(string organization, string role, HttpContext http, Changes changes, Scopes scopes)
    {
        ApiRequest.Of(http).Action = "role.delete";
        return changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AccessManage, token),
            async (connection, owner, token) =>
                Query.Check(http) is { } bad ? bad
                : !ResourceName.IsValid(role) || await CustomRoles.FindAsync(connection, owner, role, token) is not { } found ? Problems.NotFound
                : await CustomRoles.RemoveAsync(connection, owner, role, token) ? (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(found, WireJson.Default.Role))
                : Problem.Conflict("in-use", "The role is in use", "Someone has this role still. Withdraw it from all (see the grants), then remove it."),
            http.RequestAborted);
    }

    private static Task<IResult> ListGrants(string organization, HttpContext http, Reads reads) =>
        reads.OrganizationAsync(
            http,
            organization,
            Permission.AccessRead,
            async (connection, owner) =>
            {
                var limit = Query.Limit(http);
                var after = Query.PageToken(http, text => Guid.TryParseExact(text, "D", out _));
                if ((Query.Check(http, "limit", "pageToken") ?? limit.Problem ?? after.Problem) is { } bad)
                {
                    return bad;
                }

                var rows = await GrantTable.ListAsync(
                    connection, owner, ApiRequest.Of(http).Rights!.Spaces(Permission.AccessRead), after.Value is { } text ? Guid.ParseExact(text, "D") : null, limit.Value + 1, http.RequestAborted);
                return (Result<IResult>)Answer.Json(Answer.Page([.. rows.Select(r => r.Grant)], limit.Value, g => g.Id.ToString("D")), WireJson.Default.PageGrant);
            },
            within: true);

    private static Task<IResult> PutGrant(string organization, HttpContext http, Changes changes, Scopes scopes) =>
        changes.RunAsync<Guid, PutGrant>(
            http,
            "grant.put",
            WireJson.Default.PutGrant,
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AccessManage, token, within: true),
            async (connection, owner, content, token) =>
            {
                var wanted = await GrantTable.ResolveAsync(connection, owner, content, token);
                if (!wanted.Ok)
                {
                    return wanted.Problem;
                }

                var rights = ApiRequest.Of(http).Rights!;
                if (OwnRights.Over(rights, wanted.Value.Held) is { } beyond)
                {
                    return beyond;
                }

                var (row, isNew) = await GrantTable.PutAsync(connection, owner, wanted.Value, token);
                return (Result<Accepted>?)(MemberEndpoints.Put(isNew, row.Grant, WireJson.Default.Grant, row.Grant.Id) with { Note = Said(row.Grant) });
            });

    private static Task<IResult> DeleteGrant(string organization, string grant, HttpContext http, Changes changes, Scopes scopes)
    {
        ApiRequest.Of(http).Action = "grant.delete";
        return changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AccessManage, token, within: true),
            async (connection, owner, token) =>
            {
                var rights = ApiRequest.Of(http).Rights!;
                if (Query.Check(http) is { } bad)
                {
                    return bad;
                }

                if (!Guid.TryParseExact(grant, "D", out var id) || await GrantTable.FindAsync(connection, owner, id, token) is not { } found
                    || !rights.AllowsWithin(Permission.AccessManage, found.Held.Scope))
                {
                    return Problems.NotFound;
                }

                if (OwnRights.Over(rights, found.Held) is { } beyond)
                {
                    return beyond;
                }

                await GrantTable.RemoveAsync(connection, id, token);
                return await Accounts.MissingOwnerAsync(connection, owner, token) is { } last
                    ? last
                    : (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(found.Grant, WireJson.Default.Grant)) { ResourceId = id, Note = Said(found.Grant) };
            },
            http.RequestAborted);
    }

    // The names, as the ledger is to tell who got what after all of them are gone.
    private static LedgerReason Said(Grant grant)
    {
        LedgerReason holder = grant.Member is { } member ? Name(member) : Of($"group {Name(grant.Group!)}");
        LedgerReason? space = grant.Space is { } within ? Of($" in {Name(within)}") : null;
        LedgerReason? resource = grant.Resource is { } on ? Of($" on {Name(on)}") : null;
        return $"{Name(grant.Role)} to {holder}{space}{resource}";
    }
}
