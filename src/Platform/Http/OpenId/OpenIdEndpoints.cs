using Beffroi.Platform.Access;
using Beffroi.Platform.Http.Pages;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Factors;
using Beffroi.Platform.Identity.Providers;
using Beffroi.Platform.Identity.Sessions;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Beffroi.Platform.Http.OpenId;

/// <summary>
/// The endpoints of OAuth 2.0 and OpenID Connect, on both listeners, each its own issuer. OpenIddict has checked a request when it gets here; some it answers by itself, and
/// their routes only say that anyone may ask.
/// </summary>
internal sealed class OpenIdEndpoints(NpgsqlDataSource store, Sessions sessions, FailedSignIns failures)
{
    private const string Scheme = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;
    private const string Decision = "decision";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(SignInPages.AuthorizePath, (HttpContext http, OpenIdEndpoints self) => self.AskAsync(http)).ForAnyone().ExcludeFromDescription();
        routes.MapPost(SignInPages.AuthorizePath, (HttpContext http, OpenIdEndpoints self) => self.DecideAsync(http)).ForAnyone().ExcludeFromDescription().DisableAntiforgery();
        routes.MapPost("/oauth/token", (HttpContext http, OpenIdEndpoints self) => self.TokenAsync(http))
            .ForAnyone().ExcludeFromDescription().DisableAntiforgery().WithMetadata(new RecordsItself());
        routes.MapPost("/oauth/device", NotHere).ForAnyone().ExcludeFromDescription().DisableAntiforgery().WithMetadata(new RecordsItself());
        routes.MapPost("/oauth/revoke", NotHere).ForAnyone().ExcludeFromDescription().DisableAntiforgery().WithMetadata(new RecordsItself());
        routes.MapGet("/oauth/keys", NotHere).ForAnyone().ExcludeFromDescription();
        routes.MapGet("/.well-known/openid-configuration", NotHere).ForAnyone().ExcludeFromDescription();
    }

    // Never reached: OpenIddict answers before.
    private static Refused NotHere() => new Refused(Problems.NotFound);

    private static IResult Refuse(string error, string description) => Results.Forbid(
        new AuthenticationProperties(new Dictionary<string, string?>
        {
            [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
            [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
        }), [Scheme]);

    private async Task<IResult> AskAsync(HttpContext http)
    {
        var request = http.GetOpenIddictServerRequest()!;
        if (request.HasPromptValue(PromptValues.None))
        {
            return Refuse(Errors.InteractionRequired, "A person is always asked.");
        }

        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        if (FormGuard.Read(http, SignInPages.Cookie) is not { } cookie || TokenHash.Of(cookie) is not { } hash
            || await BrowserSignIns.FindAsync(connection, Listener.Of(http), hash, http.RequestAborted) is not { } person)
        {
            return new SeeOther(SignInPages.For(http));
        }

        if (await IdentityProviders.DemandedAsync(connection, person, http.RequestAborted) is { } demanded)
        {
            return ProviderPages.Demand(http, person, demanded, http.Request.Path + http.Request.QueryString);
        }

        var console = request.ClientId == ConsoleClient.Id(http);
        var page = console ? new Html(http) : new Html(http).MayLeadToLoopback();
        page.Text(!console ? page.Texts.Ask : Listener.Of(http) == Side.Operator ? page.Texts.AskOperatorConsole : page.Texts.AskConsole).Shown(page.Texts.As, person.Account).Form(SignInPages.AuthorizePath);
        foreach (var (name, value) in http.Request.Query.Where(q => q.Key is not (FormGuard.Field or Decision)))
        {
            page.Hidden(name, value.ToString());
        }

        return page.Button(page.Texts.Allow, Decision, "allow").Button(page.Texts.Refuse, Decision, "refuse").EndForm().Page(page.Texts.SignIn);
    }

    private async Task<IResult> DecideAsync(HttpContext http)
    {
        var request = http.GetOpenIddictServerRequest()!;
        var page = new Html(http);
        if (await FormGuard.ReadAsync(http) is not { } form || FormGuard.Read(http, SignInPages.Cookie) is not { } cookie || TokenHash.Of(cookie) is not { } hash)
        {
            return page.Alert(page.Texts.Stale).Page(page.Texts.SignIn, StatusCodes.Status400BadRequest);
        }

        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        await using var transaction = await connection.BeginTransactionAsync(http.RequestAborted);
        if (await BrowserSignIns.FindAsync(connection, Listener.Of(http), hash, http.RequestAborted) is { } signedIn)
        {
            await Authorizer.HoldAsync(connection, signedIn.Directory, changing: false, http.RequestAborted);
        }

        if (await BrowserSignIns.UseAsync(connection, Listener.Of(http), hash, http.RequestAborted) is not { } person)
        {
            return page.Alert(page.Texts.Stale).Page(page.Texts.SignIn, StatusCodes.Status400BadRequest);
        }

        FormGuard.Clear(http, SignInPages.Cookie);
        if (form.Text(Decision) == "allow" && await IdentityProviders.DemandedAsync(connection, person, http.RequestAborted) is not null)
        {
            return page.Alert(ProviderTexts.For(page.Texts).Demanded).Page(page.Texts.SignIn, StatusCodes.Status403Forbidden);
        }

        if (form.Text(Decision) != "allow")
        {
            await transaction.CommitAsync(http.RequestAborted);
            return Refuse(Errors.AccessDenied, "The user refused.");
        }

        var code = await AuthorizationCodes.InsertAsync(connection, person, request.ClientId!, request.RedirectUri!, request.CodeChallenge!, request.Nonce, request.GetScopes(), http.RequestAborted);
        await transaction.CommitAsync(http.RequestAborted);
        PreparedTokens.Set(http, TokenTypeIdentifiers.Private.AuthorizationCode, code);
        return Results.SignIn(OpenIdTokens.Principal(person.Id, request.GetScopes(), request.ClientId!), authenticationScheme: Scheme);
    }

    private async Task<IResult> TokenAsync(HttpContext http)
    {
        var request = http.GetOpenIddictServerRequest()!;
        var shown = (await http.AuthenticateAsync(Scheme)).Principal!;
        var tokens = request.IsAuthorizationCodeGrantType() ? (await sessions.BeginWithCodeAsync(http, CliClient.Id, request.Code!))?.Tokens
            : request.IsDeviceCodeGrantType() ? (await sessions.BeginWithDeviceAsync(http, request.DeviceCode!))?.Tokens
            : await sessions.ContinueAsync(http, CliClient.Id, request.RefreshToken!);
        if (tokens is null)
        {
            // Of several at once, another was quicker, or the account has ended.
            failures.Count(http.Connection.RemoteIpAddress, presentedToken: true);
            return Refuse(Errors.InvalidGrant, "The token or code was used, or has ended.");
        }

        PreparedTokens.Set(http, TokenTypeIdentifiers.AccessToken, tokens.AccessToken);
        PreparedTokens.Set(http, TokenTypeIdentifiers.RefreshToken, tokens.RefreshToken);
        // Without a refresh token nothing could be done with a session.
        return Results.SignIn(OpenIdTokens.Principal(Guid.Parse(shown.GetClaim(Claims.Subject)!), shown.GetScopes().Add(OpenIddictConstants.Scopes.OfflineAccess).Distinct()), authenticationScheme: Scheme);
    }
}
