using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>People's sessions: one's own, and those of whom one looks after.</summary>
internal static class SessionEndpoints
{
    private const string Tag = "Sessions";
    private const string OfMember = "/v1/organizations/{organization}/members/{member}/sessions";
    private const string OfOperator = "/operator/v1/operators/{operator}/sessions";

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (prefix, suffix) in new[] { ("/v1", ""), ("/operator/v1", "Operator") })
        {
            List(routes.MapGet(prefix + "/sessions", ListOwn), "listOwnSessions" + suffix, "List your sessions", 400);
            Delete(routes.MapDelete(prefix + "/sessions/{session}", EndOwn), "endOwnSession" + suffix, "End a session of yours");
        }

        List(routes.MapGet(OfMember, ListOfMember), "listMemberSessions", "List a user's sessions", 400, 403, 404);
        Delete(routes.MapDelete(OfMember + "/{session}", EndOfMember), "endMemberSession", "End a user's session");
        List(routes.MapGet(OfOperator, ListOfOperator), "listOperatorSessions", "List the sessions of one of the operator's people", 400, 403, 404);
        Delete(routes.MapDelete(OfOperator + "/{session}", EndOfOperator), "endOperatorSession", "End a session of one of the operator's people");
    }

    private static void List(RouteHandlerBuilder route, string id, string summary, params int[] problems) =>
        route.Describe(id, Tag, summary, "Those that have not ended, the newest first.", problems).Produces<Page<SignInSession>>();

    private static void Delete(RouteHandlerBuilder route, string id, string summary) => route
        .Describe(id, Tag, summary, "At once: nothing is accepted from it any more when this has been answered.", 400, 403, 404, 503)
        .Record("session.end").ChangesAccess()
        .Produces<SignInSession>();

    private static Side SideOf(Principal principal) => principal.IsOperator ? Side.Operator : Side.Customer;

    private static Task<IResult> ListOwn(HttpContext http, Reads reads) =>
        reads.SelfAsync(http, async (connection, self) => await PageAsync(http, connection, SideOf(self), self.Id, self.CredentialId));

    private static Task<IResult> ListOfMember(string organization, string member, HttpContext http, Reads reads) =>
        reads.OrganizationAsync(http, organization, Permission.AccessRead, async (connection, owner) =>
            ResourceName.IsValid(member) && await Accounts.FindAsync(connection, owner, Accounts.User, member, http.RequestAborted) is { } account
                ? await PageAsync(http, connection, Side.Customer, account.Id, null)
                : Problems.NotFound);

    private static Task<IResult> ListOfOperator(string @operator, HttpContext http, Reads reads) =>
        reads.OperatorAsync(http, OperatorPermission.OperatorRead, async connection =>
            ResourceName.IsValid(@operator) && await Operators.FindAsync(connection, @operator, http.RequestAborted) is { } account
                ? await PageAsync(http, connection, Side.Operator, account.Id, null)
                : Problems.NotFound);

    private static Task<IResult> EndOwn(string session, HttpContext http, Changes changes, Scopes scopes) => Change(
        http, changes,
        (connection, token) => scopes.SelfAsync(http, connection, token),
        (connection, self, token) => EndAsync(http, connection, SideOf(self), self.Id, session, token));

    private static Task<IResult> EndOfMember(string organization, string member, string session, HttpContext http, Changes changes, Scopes scopes) => Change(
        http, changes,
        (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AccessManage, token),
        async (connection, owner, token) =>
            !ResourceName.IsValid(member) || await Accounts.FindAsync(connection, owner, Accounts.User, member, token) is not { } account ? Problems.NotFound
            : await OwnRights.OverAccountAsync(connection, ApiRequest.Of(http).Rights!, account.Id, token) is { } beyond ? beyond
            : await EndAsync(http, connection, Side.Customer, account.Id, session, token));

    private static Task<IResult> EndOfOperator(string @operator, string session, HttpContext http, Changes changes, Scopes scopes) => Change(
        http, changes,
        (connection, token) => scopes.OperatorAsync(http, connection, OperatorPermission.OperatorManage, token),
        async (connection, _, token) => ResourceName.IsValid(@operator) && await Operators.FindAsync(connection, @operator, token) is { } account
            ? await EndAsync(http, connection, Side.Operator, account.Id, session, token)
            : Problems.NotFound);

    private static Task<IResult> Change<TScope>(
        HttpContext http, Changes changes, Func<NpgsqlConnection, CancellationToken, Task<Result<TScope>>> enter, Func<NpgsqlConnection, TScope, CancellationToken, Task<Result<Accepted>?>> change)
    {
        ApiRequest.Of(http).Action = "session.end";
        return changes.RunAsync(http, [], enter, change, http.RequestAborted);
    }

    private static async Task<Result<Accepted>?> EndAsync(HttpContext http, NpgsqlConnection connection, Side side, Guid holder, string session, CancellationToken cancellationToken)
    {
        if (Query.Check(http) is { } bad)
        {
            return bad;
        }

        // Only the form that lists show: one session has one path.
        if (!Guid.TryParseExact(session, "D", out var id)
            || (await SessionTable.ListAsync(connection, side, holder, ApiRequest.Of(http).Principal!.CredentialId, cancellationToken)).FirstOrDefault(s => s.Id == id) is not { } found
            || !await SessionTable.EndAsync(connection, side, holder, id, cancellationToken))
        {
            return Problems.NotFound;
        }

        return new Accepted(200, JsonSerializer.Serialize(found, WireJson.Default.SignInSession)) { ResourceId = id };
    }

    private static async Task<Result<IResult>> PageAsync(HttpContext http, NpgsqlConnection connection, Side side, Guid holder, Guid? credential) =>
        Query.Check(http, "limit", "pageToken") is { } bad ? bad
        : Answer.Json(new Page<SignInSession>(await SessionTable.ListAsync(connection, side, holder, credential, http.RequestAborted), null), WireJson.Default.PageSignInSession);
}
