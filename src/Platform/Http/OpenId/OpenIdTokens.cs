using System.Security.Claims;
using Beffroi.Platform.Identity.Sessions;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;
using Npgsql;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Beffroi.Platform.Http.OpenId;

/// <summary>
/// Puts our tokens in the place of OpenIddict's: all but the identity token are opaque and looked up in the store by their hash, on the side of the listener, so that each can end at once. They are the
/// command line's: the console's codes and tokens are good inside beffroid alone (<see cref="ConsoleTokens"/>), and unknown here.
/// </summary>
internal sealed class OpenIdTokens(NpgsqlDataSource store, Sessions sessions, IssuerKeys keys, FailedSignIns failures, ApiOptions options) :
    IOpenIddictServerHandler<ValidateTokenContext>,
    IOpenIddictServerHandler<GenerateTokenContext>,
    IOpenIddictServerHandler<HandleJsonWebKeySetRequestContext>,
    IOpenIddictServerHandler<HandleRevocationRequestContext>
{
    private const string SessionClaim = "beffroi_session";

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        var http = Http(context);
        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        if (context.EndpointType == OpenIddictServerEndpointType.Revocation)
        {
            // It takes tokens of any kind; ours that are worth revoking there are these.
            await RefreshAsync(context, http, connection);
        }
        else if (context.ValidTokenTypes.Contains(TokenTypeIdentifiers.Private.AuthorizationCode))
        {
            await CodeAsync(context, http, connection);
        }
        else if (context.ValidTokenTypes.Contains(TokenTypeIdentifiers.Private.DeviceCode))
        {
            await DeviceAsync(context, http, connection);
        }
        else
        {
            await RefreshAsync(context, http, connection);
        }

        if (context.IsRejected && context.Error is Errors.InvalidGrant)
        {
            failures.Count(http.Connection.RemoteIpAddress, presentedToken: true);
        }
    }

    public async ValueTask HandleAsync(GenerateTokenContext context)
    {
        var http = Http(context);
        if (context.TokenType == TokenTypeIdentifiers.IdentityToken)
        {
            context.SigningCredentials = await keys.OfAsync(Listener.Of(http), http.RequestAborted);
        }
        else
        {
            context.Token = PreparedTokens.Get(http, context.TokenType) ?? throw new InvalidOperationException($"Nobody made a token of the type {context.TokenType}.");
        }
    }

    public async ValueTask HandleAsync(HandleJsonWebKeySetRequestContext context)
    {
        var http = Http(context);
        var own = (await keys.OfAsync(Listener.Of(http), http.RequestAborted)).Key;
        var key = JsonWebKeyConverter.ConvertFromECDsaSecurityKey((ECDsaSecurityKey)own);
        context.Keys.Clear();
        context.Keys.Add(new JsonWebKey { Kid = own.KeyId, Kty = key.Kty, Crv = key.Crv, X = key.X, Y = key.Y, Use = JsonWebKeyUseNames.Sig, Alg = SecurityAlgorithms.EcdsaSha256 });
    }

    public async ValueTask HandleAsync(HandleRevocationRequestContext context)
    {
        var principal = context.GenericTokenPrincipal;
        if (Guid.TryParse(principal.GetClaim(SessionClaim), out var session) && Guid.TryParse(principal.GetClaim(Claims.Subject), out var holder))
        {
            await sessions.EndAsync(Http(context), Listener.Of(Http(context)), holder, session, Sessions.SignedOut);
        }
    }

    private static HttpContext Http(BaseContext context) => context.Transaction.GetHttpRequest()!.HttpContext;

    /// <summary>Who has a token, as OpenIddict wants it.</summary>
    internal static ClaimsPrincipal Principal(Guid holder, IEnumerable<string> scopes, string client = CliClient.Id)
    {
        var principal = new ClaimsPrincipal(new ClaimsIdentity("beffroi", Claims.Name, Claims.Role).SetClaim(Claims.Subject, holder.ToString("D")));
        return principal.SetScopes(scopes).SetPresenters(client);
    }

    private async Task CodeAsync(ValidateTokenContext context, HttpContext http, NpgsqlConnection connection)
    {
        if (await AuthorizationCodes.FindAsync(connection, Listener.Of(http), CliClient.Id, context.Token, http.RequestAborted) is not { } code)
        {
            context.Reject(Errors.InvalidGrant, "The code is unknown, or has expired.");
        }
        else if (code.Session is { } session)
        {
            // RFC 6749 section 4.1.2: someone else has it.
            await sessions.EndAsync(http, Listener.Of(http), code.Holder, session, $"code-reused");
            context.Reject(Errors.InvalidGrant, "The code was used before.");
        }
        else
        {
            context.Principal = Principal(code.Holder, code.Scopes)
                .SetTokenType(TokenTypeIdentifiers.Private.AuthorizationCode)
                .SetClaim(Claims.Private.RedirectUri, code.RedirectUri)
                .SetClaim(Claims.Private.CodeChallenge, code.CodeChallenge)
                .SetClaim(Claims.Private.CodeChallengeMethod, CodeChallengeMethods.Sha256)
                .SetClaim(Claims.Private.Nonce, code.Nonce);
        }
    }

    private async Task DeviceAsync(ValidateTokenContext context, HttpContext http, NpgsqlConnection connection)
    {
        // A little less than is asked for: clocks and networks differ.
        var found = await DeviceCodes.PollAsync(connection, Listener.Of(http), context.Token, options.DeviceInterval * 0.8, http.RequestAborted);
        switch (found?.State)
        {
            case null:
                context.Reject(Errors.InvalidGrant, "The code is unknown, or was used.");
                break;
            case DeviceState.Agreed:
                context.Principal = Principal(found.Value.Holder!.Value, found.Value.Scopes).SetTokenType(TokenTypeIdentifiers.Private.DeviceCode);
                break;
            case DeviceState.Refused:
                context.Reject(Errors.AccessDenied, "The user refused.");
                break;
            case DeviceState.Expired:
                context.Reject(Errors.ExpiredToken, "The code has expired.");
                break;
            case DeviceState.TooSoon:
                context.Reject(Errors.SlowDown, "Wait longer before asking again.");
                break;
            default:
                context.Reject(Errors.AuthorizationPending, "The user has not decided yet.");
                break;
        }
    }

    private async Task RefreshAsync(ValidateTokenContext context, HttpContext http, NpgsqlConnection connection)
    {
        var shown = await RefreshTokens.FindAsync(connection, Listener.Of(http), CliClient.Id, context.Token, http.RequestAborted);
        if (shown is { Used: true })
        {
            // Either this is who stole it, or who had it stolen: nobody can tell.
            await sessions.EndAsync(http, Listener.Of(http), shown.Holder, shown.Session, $"refresh-token-reused");
        }

        if (shown is not { Used: false, Valid: true })
        {
            context.Reject(context.EndpointType == OpenIddictServerEndpointType.Revocation ? Errors.InvalidToken : Errors.InvalidGrant, "The token is unknown, was used, or has ended.");
            return;
        }

        context.Principal = Principal(shown.Holder, [OpenIddictConstants.Scopes.OfflineAccess]).SetTokenType(TokenTypeIdentifiers.RefreshToken).SetClaim(SessionClaim, shown.Session.ToString("D"));
    }
}
