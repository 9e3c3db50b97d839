using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>An organization's groups.</summary>
internal static class GroupEndpoints
{
    private const string Path = "/v1/organizations/{organization}/groups";
    private const string Tag = "Members";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, List).Describe("listGroups", Tag, "List groups", "In order of name, with their members.", 400, 403, 404).WithPaging().Produces<Page<Group>>();
        routes.MapGet(Path + "/{group}", Get).Describe("getGroup", Tag, "Read a group", "With its members.", 400, 403, 404).Produces<Group>();
        routes.MapPut(Path + "/{group}", Put)
            .Describe("putGroup", Tag, "Create a group or change who is in it", "Whoever changes it must have every right that it gives.", 400, 403, 404, 409, 413, 415, 422, 503)
            .Record("group.put").ChangesAccess()
            .Accepts<PutGroup>("application/json")
            .Produces<Group>(200)
            .Produces<Group>(201)
            .WithExample(0, """{ "members": ["alice", "backup-check"] }""");
        routes.MapDelete(Path + "/{group}", Delete)
            .Describe("deleteGroup", Tag, "Remove a group", "And with it what was granted to it.", 400, 403, 404, 409, 503)
            .Record("group.delete").ChangesAccess()
            .Produces<Group>();
    }

    private static Task<IResult> List(string organization, HttpContext http, Reads reads) =>
        reads.OrganizationAsync(http, organization, Permission.AccessRead, async (connection, owner) =>
        {
            var limit = Query.Limit(http);
            var after = Query.PageToken(http, ResourceName.IsValid);
            return (Query.Check(http, "limit", "pageToken") ?? limit.Problem ?? after.Problem) is { } bad
                ? bad
                : (Result<IResult>)Answer.Json(
                    Answer.Page(await Groups.ListAsync(connection, owner, after.Value, limit.Value + 1, http.RequestAborted), limit.Value, g => g.Name), WireJson.Default.PageGroup);
        });

    private static Task<IResult> Get(string organization, string group, HttpContext http, Reads reads) =>
        reads.OrganizationAsync(http, organization, Permission.AccessRead, async (connection, owner) =>
            Query.Check(http) is { } bad ? bad
            : ResourceName.IsValid(group) && await Groups.FindAsync(connection, owner, group, http.RequestAborted) is { } found
                ? (Result<IResult>)Answer.Json(found.Group, WireJson.Default.Group)
                : Problems.NotFound);

    private static Task<IResult> Put(string organization, string group, HttpContext http, Changes changes, Scopes scopes) =>
        changes.RunAsync<Guid, PutGroup>(
            http,
            "group.put",
            WireJson.Default.PutGroup,
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AccessManage, token),
            async (connection, owner, content, token) =>
            {
                if (ResourceName.Check("group", group) is { } error)
                {
                    return Problem.Invalid(error);
                }

                if (content.Members is null || content.Members.Count > Groups.MostMembers || content.Members.Any(m => !ResourceName.IsValid(m)))
                {
                    return Problem.Invalid(new FieldError("members", "These are not the names of members.", $"at most {Groups.MostMembers} names of the organization's users and service accounts"));
                }

                var made = await Groups.PutAsync(connection, owner, group, content.Members, token);
                if (!made.Ok)
                {
                    return made.Problem;
                }

                var (id, value) = (await Groups.FindAsync(connection, owner, group, token))!.Value;
                return await OwnRights.OverGroupAsync(connection, ApiRequest.Of(http).Rights!, id, token) is { } beyond ? beyond
                    : await Accounts.MissingOwnerAsync(connection, owner, token) is { } last ? last
                    : (Result<Accepted>?)MemberEndpoints.Put(made.Value, value, WireJson.Default.Group, id);
            });

    private static Task<IResult> Delete(string organization, string group, HttpContext http, Changes changes, Scopes scopes)
    {
        ApiRequest.Of(http).Action = "group.delete";
        return changes.RunAsync(
            http,
            [],
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AccessManage, token),
            async (connection, owner, token) =>
            {
                if (Query.Check(http) is { } bad)
                {
                    return bad;
                }

                if (!ResourceName.IsValid(group) || await Groups.FindAsync(connection, owner, group, token) is not { } found)
                {
                    return Problems.NotFound;
                }

                if (await OwnRights.OverGroupAsync(connection, ApiRequest.Of(http).Rights!, found.Id, token) is { } beyond)
                {
                    return beyond;
                }

                await Groups.RemoveAsync(connection, found.Id, token);
                return await Accounts.MissingOwnerAsync(connection, owner, token) is { } last
                    ? last
                    : (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(found.Group, WireJson.Default.Group)) { ResourceId = found.Id };
            },
            http.RequestAborted);
    }
}
