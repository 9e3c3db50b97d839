using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>Access tokens for service accounts: client credentials (RFC 6749 section 4.4) with an assertion signed by the account's key (RFC 7523).</summary>
internal sealed class OAuthEndpoints(NpgsqlDataSource store, ILedger ledger, FailedSignIns failures, PlatformOptions options, TimeProvider time)
{
    private const string Keys = "/v1/organizations/{organization}/service-accounts/{serviceAccount}/keys";
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private const int MostKeys = 5;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/oauth/token", (HttpContext http, OAuthEndpoints oauth) => oauth.TokenAsync(http))
            .Describe(
                "getAccessToken", "Tokens", "Get an access token for a service account",
                "`grant_type=client_credentials` with `client_assertion_type=" + AssertionType + "` and `client_assertion`: a JWT signed with ES256 or ES384 by a key of the account's, with `iss` and `sub` "
                + "ORGANIZATION/NAME, `aud` the installation's issuer (`urn:beffroi:INSTALLATION`), `exp` within five minutes and a random `jti`, good once. Errors are those of RFC 6749 section 5.2. The token is valid for ten minutes.",
                400, 413, 415)
            .Record("token.issue").ForAnyone().DisableAntiforgery()
            .Accepts<Dictionary<string, string>>("application/x-www-form-urlencoded")
            .Produces<OAuthToken>(200);
        routes.MapGet(Keys, (string organization, string serviceAccount, HttpContext http, Reads reads) =>
                reads.OrganizationAsync(http, organization, Permission.AccessRead, async (connection, owner) =>
                    Query.Check(http) is { } bad ? bad
                    : ResourceName.IsValid(serviceAccount) && await Accounts.FindAsync(connection, owner, Accounts.ServiceAccount, serviceAccount, http.RequestAborted) is { } account
                        ? (Result<IResult>)Answer.Json(new PublicKeys(await ServiceAccountKeys.ListAsync(connection, account.Id, http.RequestAborted)), WireJson.Default.PublicKeys)
                        : Problems.NotFound))
            .Describe("listServiceAccountKeys", "Members", "Read a service account's public keys", "With which the assertions are checked that it signs.", 400, 403, 404)
            .Produces<PublicKeys>();
        routes.MapPut(Keys, PutKeys)
            .Describe(
                "putServiceAccountKeys", "Members", "Say which keys a service account signs with",
                "All of them, as PEM (SubjectPublicKeyInfo, P-256 or P-384), at most five. Whoever may do all that the account may. Access tokens that were got with earlier keys end at once.",
                400, 403, 404, 413, 415, 422, 503)
            .Record("service-account.keys").ChangesAccess()
            .Accepts<PublicKeys>("application/json")
            .Produces<PublicKeys>();
    }

    private static Task<IResult> PutKeys(string organization, string serviceAccount, HttpContext http, Changes changes, Scopes scopes) =>
        changes.RunAsync<Guid, PublicKeys>(
            http,
            "service-account.keys",
            WireJson.Default.PublicKeys,
            (connection, token) => scopes.OrganizationAsync(http, connection, organization, Permission.AccessManage, token),
            async (connection, owner, content, token) =>
            {
                if (!ResourceName.IsValid(serviceAccount) || await Accounts.FindAsync(connection, owner, Accounts.ServiceAccount, serviceAccount, token) is not { } account)
                {
                    return Problems.NotFound;
                }

                if (await OwnRights.OverAccountAsync(connection, ApiRequest.Of(http).Rights!, account.Id, token) is { } beyond)
                {
                    return beyond;
                }

                if (content.Keys is null || content.Keys.Count > MostKeys || content.Keys.Any(pem => !IsKey(pem)))
                {
                    return Problem.Invalid(new FieldError("keys", "These are not public keys.", $"at most {MostKeys} PEM blocks PUBLIC KEY, on P-256 or P-384"));
                }

                await ServiceAccountKeys.PutAsync(connection, account.Id, content.Keys, token);
                return (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(content, WireJson.Default.PublicKeys)) { ResourceId = account.Id };
            });

    private static bool IsKey(string? pem)
    {
        using var key = pem is null ? null : ClientAssertion.PublicKey(pem);
        return key is not null;
    }

    private async Task<IResult> TokenAsync(HttpContext http)
    {
        var request = ApiRequest.Of(http);
        if (failures.MustWait(http.Connection.RemoteIpAddress))
        {
            return new Refused(Problems.TooManyFailures);
        }

        if (!http.Request.HasFormContentType || http.Request.ContentLength is null or > 16 * 1024)
        {
            return Error("invalid_request");
        }

        var form = await http.Request.ReadFormAsync(new() { KeyLengthLimit = 64, ValueLengthLimit = 8192, ValueCountLimit = 8, BufferBodyLengthLimit = 16 * 1024 }, http.RequestAborted);
        if (form["grant_type"] != "client_credentials")
        {
            return Error("unsupported_grant_type");
        }

        if (form["client_assertion_type"] != AssertionType || form["client_assertion"] is not [{ } text])
        {
            return Error("invalid_request");
        }

        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        await using var transaction = await connection.BeginTransactionAsync(http.RequestAborted);
        if (ClientAssertion.Read(text, options.Issuer, time.GetUtcNow()) is not { } assertion
            || await ServiceAccountKeys.AcceptAsync(connection, assertion, http.RequestAborted) is not { } account)
        {
            failures.Count(http.Connection.RemoteIpAddress, presentedToken: true);
            return Error("invalid_client");
        }

        (request.Principal, request.OrganizationId) = (account, account.Organization);
        var token = await ServiceAccountKeys.IssueAsync(connection, account, http.RequestAborted);
        await ledger.AppendAsync(
            connection,
            new LedgerEntry(request.Actor, "token.issue", "accepted", account.Organization, ApiRequest.Path(http), account.Id, RequestId: request.Id, Origin: request.Origin),
            http.RequestAborted);
        await transaction.CommitAsync(http.RequestAborted);
        request.Ledgered = true;
        return Answer.Json(new OAuthToken(token, "Bearer", (int)ServiceAccountKeys.Lifetime.TotalSeconds), WireJson.Default.OAuthToken);
    }

    // RFC 6749 section 5.2. One answer for an account that doesn't exist, is disabled, or signed otherwise.
    private static Microsoft.AspNetCore.Http.HttpResults.JsonHttpResult<OAuthError> Error(string error) => TypedResults.Json(new OAuthError(error), WireJson.Default.OAuthError, statusCode: StatusCodes.Status400BadRequest);
}
