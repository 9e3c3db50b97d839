using Beffroi.Hosts.WebConsole.SignIn;
using Beffroi.Platform.Http.OpenId;
using Beffroi.Platform.Identity;
using Microsoft.AspNetCore.Http.Extensions;

namespace Beffroi.Hosts.Server;

/// <summary>beffroid's OpenID providers, as the consoles have them: each that of its own listener.</summary>
internal sealed class ConsoleProvider(IConsoleTokens provider) : IConsoleSignIn
{
    public string AuthorizePath(HttpContext http, string state, string nonce, string challenge) => "/oauth/authorize" + new QueryBuilder
    {
        { "response_type", "code" },
        { "client_id", ConsoleClient.Id(http) },
        { "redirect_uri", ConsoleClient.RedirectUri(http) },
        { "scope", "openid offline_access" },
        { "state", state },
        { "nonce", nonce },
        { "code_challenge", challenge },
        { "code_challenge_method", "S256" },
    };

    public bool MustWait(HttpContext http) => provider.MustWait(http);

    public async Task<ConsoleSignIn?> BeginAsync(HttpContext http, string code, string verifier, string nonce) =>
        Of(await provider.BeginAsync(http, new ConsoleCode(code, ConsoleClient.RedirectUri(http), verifier, nonce)));

    public async Task<ConsoleSignIn?> RenewAsync(HttpContext http, ConsoleSignIn tokens) => Of(await provider.ContinueAsync(http, Grant(tokens)));

    public Task EndAsync(HttpContext? http, ConsoleSignIn tokens) => provider.EndAsync(http, Grant(tokens));

    private static ConsoleSignIn? Of(ConsoleGrant? grant) => grant is null ? null : new(grant.Side == Side.Operator, grant.Id, grant.Holder, grant.AccessToken, grant.RefreshToken, grant.Lifetime);

    private static ConsoleGrant Grant(ConsoleSignIn signIn) => new(signIn.IsOperator ? Side.Operator : Side.Customer, signIn.Session, signIn.Holder, signIn.Access, signIn.Refresh, signIn.Lifetime);
}
