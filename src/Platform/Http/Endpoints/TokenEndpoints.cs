using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>Access tokens: one's own, a service account's, and the ending of anybody's.</summary>
internal static class TokenEndpoints
{
    private const string Organization = "/v1/organizations/{organization}";
    private const string Tag = "Tokens";

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (side, prefix, suffix) in new[] { (Side.Customer, "/v1", ""), (Side.Operator, "/operator/v1", "Operator") })
        {
            routes.MapGet(prefix + "/tokens", ListOwn)
                .Describe("listOwnTokens" + suffix, Tag, "List your tokens", "The newest first; those that ended are shown for 90 days.", 400)
                .Produces<Page<AccessToken>>();
            Put(routes.MapPut(prefix + "/tokens/{token}", PutOwn), "putOwnToken" + suffix, "Make a token for yourself", "With all of your rights, as they are whenever it is used. People only.", 400, 403, 404, 409, 413, 415, 422, 503);
            Delete(routes.MapDelete(prefix + "/tokens/{token}", DeleteOwn), "deleteOwnToken" + suffix, "End a token of yours");
            routes.MapPost(prefix + "/invitations", (HttpContext http, Changes changes, FailedSignIns failures) => Accept(http, changes, failures, side))
                .Describe("acceptInvitation" + suffix, Tag, "Accept an invitation", "Uses the code up and makes the account's first token valid.", 400, 403, 409, 413, 415, 422, 503)
                .Record("invitation.accept").ForAnyone()
                .Accepts<AcceptInvitation>("application/json")
                .Produces<AccessToken>(201)
                .WithExample(0, $$"""{ "code": "bfi_…", "tokenSha256": "{{new string('0', 64)}}" }""");
        }

        routes.MapGet(Organization + "/members/{member}/tokens", (string organization, string member, HttpContext http, Reads reads) => List(organization, member, http, reads, Accounts.User))
            .Describe("listMemberTokens", Tag, "List a user's tokens", "The newest first.", 400, 403, 404)
            .Produces<Page<AccessToken>>();
        Delete(
            routes.MapDelete(Organization + "/members/{member}/tokens/{token}", (string organization, string member, string token, HttpContext http, Changes changes, Scopes scopes) =>
                Revoke(organization, member, token, http, changes, scopes, Accounts.User)),
            "deleteMemberToken", "End a user's token");
        routes.MapGet(Organization + "/service-accounts/{serviceAccount}/tokens", (string organization, string serviceAccount, HttpContext http, Reads reads) =>
                List(organization, serviceAccount, http, reads, Accounts.ServiceAccount))
            .Describe("listServiceAccountTokens", Tag, "List a service account's tokens", "The newest first.", 400, 403, 404)
            .Produces<Page<AccessToken>>();
        Put(
            routes.MapPut(Organization + "/service-accounts/{serviceAccount}/tokens/{token}", PutOfServiceAccount),
            "putServiceAccountToken", "Make a token for a service account", "Whoever may do all that the service account may.", 400, 403, 404, 409, 413, 415, 422, 503);
        Delete(
            routes.MapDelete(Organization + "/service-accounts/{serviceAccount}/tokens/{token}", (string organization, string serviceAccount, string token, HttpContext http, Changes changes, Scopes scopes) =>
                Revoke(organization, serviceAccount, token, http, changes, scopes, Accounts.ServiceAccount)),
            "deleteServiceAccountToken", "End a service account's token");
    }

    private static void Put(RouteHandlerBuilder route, string id, string summary, string description, params int[] problems) => route
        .Describe(id, Tag, summary, description, problems)
        .Record("token.put")
        .Accepts<PutToken>("application/json")
        .Produces<AccessToken>(200)
        .Produces<AccessToken>(201)
        .WithExample(0, $$"""{ "sha256": "{{new string('0', 64)}}", "days": 90 }""");

    private static void Delete(RouteHandlerBuilder route, string id, string summary) => route
        .Describe(id, Tag, summary, "At once: nothing is accepted from it any more when this has been answered.", 400, 403, 404, 503)
        .Record("token.delete").ChangesAccess()
        .Produces<AccessToken>();

    private static Task<IResult> ListOwn(HttpContext http, Reads reads) =>
        reads.SelfAsync(http, async (connection, self) => Query.Check(http, "limit", "pageToken") is { } bad ? bad : (Result<IResult>)await PageAsync(connection, SideOf(self), self.Id, http));

    private static Task<IResult> PutOwn(string token, HttpContext http, Changes changes, Scopes scopes) =>
        changes.RunAsync<Principal, PutToken>(
            http,
            "token.put",
            WireJson.Default.PutToken,
            (connection, cancellation) => scopes.SelfAsync(http, connection, cancellation),
            async (connection, self, content, cancellation) => self is CustomerPrincipal { IsServiceAccount: true }
                ? Problem.Forbidden("A service account makes no tokens: whoever looks after it does.")
                : Made(await Tokens.PutAsync(connection, SideOf(self), self.Id, token, content, cancellation)));

    private static Task<IResult> DeleteOwn(string token, HttpContext http, Changes changes, Scopes scopes)
    {
        ApiRequest.Of(http).Action = "token.delete";
        return changes.RunAsync(
            http,
            [],
            (connection, cancellation) => scopes.SelfAsync(http, connection, cancellation),
            (connection, self, cancellation) => EndAsync(http, connection, SideOf(self), self.Id, token, cancellation),
            http.RequestAborted);
    }

    private static Task<IResult> List(string organization, string name, HttpContext http, Reads reads, string kind) =>
        reads.OrganizationAsync(http, organization, Permission.AccessRead, async (connection, owner) =>
            Query.Check(http, "limit", "pageToken") is { } bad ? bad
            : ResourceName.IsValid(name) && await Accounts.FindAsync(connection, owner, kind, name, http.RequestAborted) is { } account
                ? (Result<IResult>)await PageAsync(connection, Side.Customer, account.Id, http)
                : Problems.NotFound);

    private static Task<IResult> PutOfServiceAccount(string organization, string serviceAccount, string token, HttpContext http, Changes changes, Scopes scopes) =>
        changes.RunAsync<Guid, PutToken>(
            http,
            "token.put",
            WireJson.Default.PutToken,
            (connection, cancellation) => scopes.OrganizationAsync(http, connection, organization, Permission.AccessManage, cancellation),
            (connection, owner, content, cancellation) => CoveredAsync(
                http, connection, owner, serviceAccount, Accounts.ServiceAccount,
                async account => Made(await Tokens.PutAsync(connection, Side.Customer, account, token, content, cancellation)), cancellation));

    private static Task<IResult> Revoke(string organization, string name, string token, HttpContext http, Changes changes, Scopes scopes, string kind)
    {
        ApiRequest.Of(http).Action = "token.delete";
        return changes.RunAsync(
            http,
            [],
            (connection, cancellation) => scopes.OrganizationAsync(http, connection, organization, Permission.AccessManage, cancellation),
            (connection, owner, cancellation) => CoveredAsync(
                http, connection, owner, name, kind, account => EndAsync(http, connection, Side.Customer, account, token, cancellation), cancellation),
            http.RequestAborted);
    }

    private static Task<IResult> Accept(HttpContext http, Changes changes, FailedSignIns failures, Side side)
    {
        if (failures.MustWait(http.Connection.RemoteIpAddress))
        {
            return Task.FromResult<IResult>(new Refused(Problems.TooManyFailures));
        }

        return changes.RunAsync<bool, AcceptInvitation>(
            http,
            "invitation.accept",
            WireJson.Default.AcceptInvitation,
            (_, _) => Task.FromResult<Result<bool>>(true),
            async (connection, _, content, cancellation) =>
            {
                if (await Tokens.AcceptAsync(connection, side, content.Code, cancellation) is not { } invited)
                {
                    failures.Count(http.Connection.RemoteIpAddress, presentedToken: true);
                    return new Problem("invitation-not-valid", 403, "The invitation is not valid", "This code is not an invitation's, or it was used or has expired. Ask for a new one.", []);
                }

                var request = ApiRequest.Of(http);
                (request.Principal, request.OrganizationId) = (invited, invited.OrganizationId);
                return Made(await Tokens.PutAsync(connection, side, invited.Id, "first", new PutToken(content.TokenSha256, content.Days), cancellation));
            },
            keepAnswer: false);
    }

    private static async Task<Result<Accepted>?> CoveredAsync(
        HttpContext http, NpgsqlConnection connection, Guid owner, string name, string kind, Func<Guid, Task<Result<Accepted>?>> then, CancellationToken cancellationToken) =>
        !ResourceName.IsValid(name) || await Accounts.FindAsync(connection, owner, kind, name, cancellationToken) is not { } account ? Problems.NotFound
        : await OwnRights.OverAccountAsync(connection, ApiRequest.Of(http).Rights!, account.Id, cancellationToken) is { } beyond ? beyond
        : await then(account.Id);

    private static async Task<Result<Accepted>?> EndAsync(HttpContext http, NpgsqlConnection connection, Side side, Guid holder, string token, CancellationToken cancellationToken)
    {
        if (Query.Check(http) is { } bad)
        {
            return bad;
        }

        if (!ResourceName.IsValid(token) || !await Tokens.RevokeAsync(connection, side, holder, token, cancellationToken))
        {
            return Problems.NotFound;
        }

        var ended = (await Tokens.ListAsync(connection, side, holder, cancellationToken)).FirstOrDefault(t => t.Name == token && t.State == "revoked");
        return ended is null ? Problems.NotFound : new Accepted(200, JsonSerializer.Serialize(ended, WireJson.Default.AccessToken)) { ResourceId = holder, Note = Name(token) };
    }

    private static Result<Accepted>? Made(Result<(AccessToken Token, bool IsNew)> made) => made.Ok
        ? new Accepted(made.Value.IsNew ? 201 : 200, JsonSerializer.Serialize(made.Value.Token, WireJson.Default.AccessToken)) { Note = Name(made.Value.Token.Name) }
        : made.Problem;

    private static async Task<Microsoft.AspNetCore.Http.HttpResults.JsonHttpResult<Page<AccessToken>>> PageAsync(NpgsqlConnection connection, Side side, Guid holder, HttpContext http) =>
        Answer.Json(new Page<AccessToken>(await Tokens.ListAsync(connection, side, holder, http.RequestAborted), null), WireJson.Default.PageAccessToken);

    private static Side SideOf(Principal principal) => principal.IsOperator ? Side.Operator : Side.Customer;
}
