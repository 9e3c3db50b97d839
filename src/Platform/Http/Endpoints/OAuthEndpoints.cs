using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Workloads;
using Beffroi.Platform.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Platform.Http.Endpoints;

/// <summary>
/// Access tokens for service accounts: client credentials (RFC 6749 section 4.4) with an assertion signed by the account's key (RFC 7523), or in exchange for a token of a workload identity (RFC 8693).
/// </summary>
internal sealed class OAuthEndpoints(NpgsqlDataSource store, ILedger ledger, FailedSignIns failures, WorkloadTokens workloads, PlatformOptions options, TimeProvider time)
{
    private const string Keys = "/v1/organizations/{organization}/service-accounts/{serviceAccount}/keys";
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private const string Exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    private const string AccessTokenType = "urn:ietf:params:oauth:token-type:access_token";
    private const int MostKeys = 5;
    private static readonly string[] SubjectTokenTypes = ["urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/oauth/token", (HttpContext http, OAuthEndpoints oauth) => oauth.TokenAsync(http))
            .Describe(
                "getAccessToken", "Tokens", "Get an access token for a service account",
                "`grant_type=client_credentials` with `client_assertion_type=" + AssertionType + "` and `client_assertion`: a JWT signed with ES256 or ES384 by a key of the account's, with `iss` and `sub` "
                + "ORGANIZATION/NAME, `aud` the installation's issuer (`urn:beffroi:INSTALLATION`), `exp` within five minutes and a random `jti`, good once. Or `grant_type=" + Exchange + "` (RFC 8693) with `client_id` ORGANIZATION/NAME, `subject_token` a token of one of the account's workload identities "
                + "and `subject_token_type` `" + SubjectTokenTypes[0] + "`. Errors are those of RFC 6749 section 5.2. The token is valid for ten minutes.",
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
                var account = await OwnRights.OverServiceAccountAsync(connection, ApiRequest.Of(http).Rights!, owner, serviceAccount, token);
                if (!account.Ok)
                {
                    return account.Problem;
                }

                if (content.Keys is null || content.Keys.Count > MostKeys || content.Keys.Any(pem => !IsKey(pem)))
                {
                    return Problem.Invalid(new FieldError("keys", "These are not public keys.", $"at most {MostKeys} PEM blocks PUBLIC KEY, on P-256 or P-384"));
                }

                await ServiceAccountKeys.PutAsync(connection, account.Value.Id, content.Keys, token);
                return (Result<Accepted>?)new Accepted(200, JsonSerializer.Serialize(content, WireJson.Default.PublicKeys)) { ResourceId = account.Value.Id };
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

        IFormCollection form;
        try
        {
            form = await http.Request.ReadFormAsync(new() { KeyLengthLimit = 64, ValueLengthLimit = 8192, ValueCountLimit = 8, BufferBodyLengthLimit = 16 * 1024 }, http.RequestAborted);
        }
        catch (InvalidDataException)
        {
            return Error("invalid_request");
        }

        if (form["grant_type"] == Exchange)
        {
            return await ExchangeAsync(http, form);
        }

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

        var token = await IssueAsync(http, connection, account, ServiceAccountKeys.Lifetime, null);
        await transaction.CommitAsync(http.RequestAborted);
        request.Ledgered = true;
        return Answer.Json(new OAuthToken(token, "Bearer", (int)ServiceAccountKeys.Lifetime.TotalSeconds), WireJson.Default.OAuthToken);
    }

    /// <summary>A token of an issuer elsewhere for one of ours, which is valid no longer than that.</summary>
    private async Task<IResult> ExchangeAsync(HttpContext http, IFormCollection form)
    {
        if (form["client_id"] is not [{ } client] || client.Split('/') is not [var organization, var name] || !ResourceName.IsValid(organization) || !ResourceName.IsValid(name)
            || form["subject_token"] is not [{ Length: > 0 } text] || !SubjectTokenTypes.Contains(form["subject_token_type"].ToString(), StringComparer.Ordinal))
        {
            return Error("invalid_request");
        }

        List<WorkloadIdentity> identities;
        await using (var reading = await store.OpenConnectionAsync(http.RequestAborted))
        {
            identities = await WorkloadIdentities.OfAsync(reading, organization, name, http.RequestAborted);
        }

        // No connection is held while an issuer elsewhere is asked.
        if (await workloads.MatchAsync(text, identities, http.RequestAborted) is not var (identity, expires))
        {
            failures.Count(http.Connection.RemoteIpAddress, presentedToken: true);
            return Error("invalid_grant");
        }

        var lifetime = expires - time.GetUtcNow() is var left && left < ServiceAccountKeys.Lifetime ? left : ServiceAccountKeys.Lifetime;
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        await using var transaction = await connection.BeginTransactionAsync(http.RequestAborted);
        if (lifetime < TimeSpan.FromSeconds(1) || await WorkloadIdentities.HoldAsync(connection, organization, name, identity, http.RequestAborted) is not { } account)
        {
            return Error("invalid_grant");
        }

        var token = await IssueAsync(http, connection, account, lifetime, $"by the identity {LedgerReason.Name(identity.Name)}");
        await transaction.CommitAsync(http.RequestAborted);
        ApiRequest.Of(http).Ledgered = true;
        return Answer.Json(new OAuthToken(token, "Bearer", (int)lifetime.TotalSeconds, AccessTokenType), WireJson.Default.OAuthToken);
    }

    private async Task<string> IssueAsync(HttpContext http, NpgsqlConnection connection, CustomerPrincipal account, TimeSpan lifetime, LedgerReason? how)
    {
        var request = ApiRequest.Of(http);
        (request.Principal, request.OrganizationId) = (account, account.Organization);
        var token = await ServiceAccountKeys.IssueAsync(connection, account, lifetime, http.RequestAborted);
        await ledger.AppendAsync(
            connection,
            new LedgerEntry(request.Actor, "token.issue", "accepted", account.Organization, ApiRequest.Path(http), account.Id, Reason: how, RequestId: request.Id, Origin: request.Origin),
            http.RequestAborted);
        return token;
    }

    // RFC 6749 section 5.2. One answer for an account that doesn't exist, is disabled, or signed otherwise.
    private static Microsoft.AspNetCore.Http.HttpResults.JsonHttpResult<OAuthError> Error(string error) => TypedResults.Json(new OAuthError(error), WireJson.Default.OAuthError, statusCode: StatusCodes.Status400BadRequest);
}
