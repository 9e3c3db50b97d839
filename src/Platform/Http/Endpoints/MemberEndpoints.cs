using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Factors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>An organization's users and service accounts.</summary>
internal static class MemberEndpoints
{
    private const string Members = "/v1/organizations/{organization}/members";
    private const string ServiceAccounts = "/v1/organizations/{organization}/service-accounts";
    private const string Tag = "Members";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Members, (string organization, HttpContext http, Reads reads) => List(organization, http, reads, Accounts.User, m => m, WireJson.Default.PageMember))
            .Describe("listMembers", Tag, "List users", "In order of name.", 400, 403, 404)
            .WithPaging()
            .Produces<Page<Member>>();
        routes.MapGet(Members + "/{member}", (string organization, string member, HttpContext http, Reads reads) =>
                Get(organization, member, http, reads, Accounts.User, m => m, WireJson.Default.Member))
            .Describe("getMember", Tag, "Read a user", "With their groups.", 400, 403, 404)
            .Produces<Member>();
        routes.MapPut(Members + "/{member}", PutMember)
            .Describe(
                "putMember", Tag, "Invite or change a user",
                "A new user is invited: they use the code, once and within a week, to get in. For a user who is active, an invitation is a reset: their password and second factor, and their sessions, end at once, and they use the code to set new ones; tokens that they made stay. Switching an account off stops its tokens at once. At most what the caller may do themselves.",
                400, 403, 404, 409, 413, 415, 422, 503)
            .Record("member.put").ChangesAccess()
            .Accepts<PutMember>("application/json")
            .Produces<Member>(200)
            .Produces<Member>(201)
            .WithExample(0, $$"""{ "invitationSha256": "{{new string('0', 64)}}" }""");
        routes.MapDelete(Members + "/{member}", (string organization, string member, HttpContext http, Changes changes, Scopes scopes) =>
                Delete(organization, member, http, changes, scopes, Accounts.User, WireJson.Default.Member, m => m))
            .Describe("deleteMember", Tag, "Remove a user", "Their tokens end at once. The last owner can't be removed.", 400, 403, 404, 409, 503)
            .Record("member.delete").ChangesAccess()
            .Produces<Member>();

        routes.MapGet(ServiceAccounts, (string organization, HttpContext http, Reads reads) =>
                List(organization, http, reads, Accounts.ServiceAccount, Account, WireJson.Default.PageServiceAccount))
            .Describe("listServiceAccounts", Tag, "List service accounts", "In order of name.", 400, 403, 404)
            .WithPaging()
            .Produces<Page<ServiceAccount>>();
        routes.MapGet(ServiceAccounts + "/{serviceAccount}", (string organization, string serviceAccount, HttpContext http, Reads reads) =>
                Get(organization, serviceAccount, http, reads, Accounts.ServiceAccount, Account, WireJson.Default.ServiceAccount))
            .Describe("getServiceAccount", Tag, "Read a service account", "With its groups.", 400, 403, 404)
            .Produces<ServiceAccount>();
        routes.MapPut(ServiceAccounts + "/{serviceAccount}", PutServiceAccount)
            .Describe("putServiceAccount", Tag, "Create or change a service account", "An account of a program. It has tokens, and what roles are granted to it.", 400, 403, 404, 409, 413, 415, 422, 503)
            .Record("service-account.put").ChangesAccess()
            .Accepts<PutServiceAccount>("application/json")
            .Produces<ServiceAccount>(200)
            .Produces<ServiceAccount>(201)
            .WithExample(0, "{}");
        routes.MapDelete(ServiceAccounts + "/{serviceAccount}", (string organization, string serviceAccount, HttpContext http, Changes changes, Scopes scopes) =>
                Delete(organization, serviceAccount, http, changes, scopes, Accounts.ServiceAccount, WireJson.Default.ServiceAccount, Account))
            .Describe("deleteServiceAccount", Tag, "Remove a service account", "Its tokens end at once.", 400, 403, 404, 409, 503)
            .Record("service-account.delete").ChangesAccess()
            .Produces<ServiceAccount>();
    }

    private static ServiceAccount Account(Member m) => new(m.Id, m.Name, m.State, m.Groups, m.CreatedAt);

    private static Task<IResult> List<T>(string organization, HttpContext http, Reads reads, string kind, Func<Member, T> show, JsonTypeInfo<Page<T>> type) =>
        reads.OrganizationAsync(http, organization, Permission.AccessRead, async (connection, owner) =>
        {
            var limit = Query.Limit(http);
            var after = Query.PageToken(http, ResourceName.IsValid);
            if ((Query.Check(http, "limit", "pageToken") ?? limit.Problem ?? after.Problem) is { } bad)
            {
                return bad;
            }

            var page = Answer.Page(await Accounts.ListAsync(connection, owner, kind, after.Value, limit.Value + 1, http.RequestAborted), limit.Value, m => m.Name);
            return (Result<IResult>)Answer.Json(new Page<T>([.. page.Items.Select(show)], page.NextPageToken), type);
        });

    private static Task<IResult> Get<T>(string organization, string name, HttpContext http, Reads reads, string kind, Func<Member, T> show, JsonTypeInfo<T> type) =>
        reads.OrganizationAsync(http, organization, Permission.AccessRead, async (connection, owner) =>
            Query.Check(http) is { } bad ? bad
            : ResourceName.IsValid(name) && await Accounts.FindAsync(connection, owner, kind, name, http.RequestAborted) is { } found
                ? (Result<IResult>)Answer.Json(show(found), type)
                : Problems.NotFound);

    private static Task<IResult> PutMember(string organization, string member, HttpContext http, Changes changes, Scopes scopes) =>
        changes.RunAsync<Guid, PutMember>(
            http,
            "member.put",
            WireJson.Default.PutMember,
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AccessManage, token),
            async (connection, owner, content, token) =>
            {
                LedgerReason? note = null;
                var (problem, isNew) = await EnsureAsync(http, connection, owner, Accounts.User, member, content.Disabled, token);
                if (problem is not null)
                {
                    return problem;
                }

                var found = (await Accounts.FindAsync(connection, owner, Accounts.User, member, token))!;
                if (content.InvitationSha256 is not null || isNew)
                {
                    if (found.State != "invited")
                    {
                        // Whoever asks for this doubts the old factors, so they end now and not when the invitation is used.
                        await FactorTable.RemoveAsync(connection, Side.Customer, found.Id, token);
                        note = Words("reset");
                    }

                    if (await Tokens.InviteAsync(connection, Side.Customer, found.Id, content.InvitationSha256, token) is { } refused)
                    {
                        return refused;
                    }
                }

                return (Result<Accepted>?)(Put(isNew, found, WireJson.Default.Member, found.Id) with { Note = note });
            });

    private static Task<IResult> PutServiceAccount(string organization, string serviceAccount, HttpContext http, Changes changes, Scopes scopes) =>
        changes.RunAsync<Guid, PutServiceAccount>(
            http,
            "service-account.put",
            WireJson.Default.PutServiceAccount,
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AccessManage, token),
            async (connection, owner, content, token) =>
            {
                var (problem, isNew) = await EnsureAsync(http, connection, owner, Accounts.ServiceAccount, serviceAccount, content.Disabled, token);
                if (problem is not null)
                {
                    return problem;
                }

                var found = (await Accounts.FindAsync(connection, owner, Accounts.ServiceAccount, serviceAccount, token))!;
                return (Result<Accepted>?)Put(isNew, Account(found), WireJson.Default.ServiceAccount, found.Id);
            });

    private static async Task<(Problem? Problem, bool IsNew)> EnsureAsync(
        HttpContext http, NpgsqlConnection connection, Guid owner, string kind, string name, bool disabled, CancellationToken cancellationToken)
    {
        var field = kind == Accounts.User ? "member" : "serviceAccount";
        if (ResourceName.Check(field, name) is { } error)
        {
            return (Problem.Invalid(error), false);
        }

        var isNew = await Accounts.InsertAsync(connection, owner, kind, name, cancellationToken);
        if (await Accounts.FindAsync(connection, owner, kind, name, cancellationToken) is not { } found)
        {
            return (Problem.Conflict(
                "name-taken", "The name is taken", $"{name} is the name of a user or of a service account already; choose another.", new FieldError(field, "This name is taken.", "another name")), false);
        }

        if (await OwnRights.OverAccountAsync(connection, ApiRequest.Of(http).Rights!, found.Id, cancellationToken) is { } beyond)
        {
            return (beyond, false);
        }

        await Accounts.SwitchAsync(connection, found.Id, disabled, cancellationToken);
        return (await Accounts.MissingOwnerAsync(connection, owner, cancellationToken), isNew);
    }

    private static Task<IResult> Delete<T>(
        string organization, string name, HttpContext http, Changes changes, Scopes scopes, string kind, JsonTypeInfo<T> type, Func<Member, T> show)
    {
        ApiRequest.Of(http).Action = kind == Accounts.User ? "member.delete" : "service-account.delete";
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

                if (!ResourceName.IsValid(name) || await Accounts.FindAsync(connection, owner, kind, name, token) is not { } found)
                {
                    return Problems.NotFound;
                }

                if (await OwnRights.OverAccountAsync(connection, ApiRequest.Of(http).Rights!, found.Id, token) is { } beyond)
                {
                    return beyond;
                }

                await Accounts.RemoveAsync(connection, found.Id, token);
                return await Accounts.MissingOwnerAsync(connection, owner, token) is { } last
                    ? last
                    : (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(show(found), type)) { ResourceId = found.Id };
            },
            http.RequestAborted);
    }

    internal static Accepted Put<T>(bool isNew, T value, JsonTypeInfo<T> type, Guid? id) => new(isNew ? 201 : 200, JsonSerializer.Serialize(value, type)) { ResourceId = id };
}
