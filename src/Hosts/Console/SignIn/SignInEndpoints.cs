using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Hosts.WebConsole.Pages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Beffroi.Hosts.WebConsole.SignIn;

/// <summary>
/// Signing in and out: the console is a client of the installation's own provider, with a code and a proof key (RFC 7636). State, nonce and verifier are derived from a cookie of the
/// browser that begins, so that nothing is kept for who never comes back.
/// </summary>
internal sealed class SignInEndpoints(IConsoleSignIn signIn, SessionStore sessions, IConsoleApi api, ConsoleOptions options, TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>Maps the routes of a site.</summary>
    /// <param name="routes">The site's.</param>
    /// <param name="self">What answers them there.</param>
    public static void Map(IEndpointRouteBuilder routes, Func<HttpContext, SignInEndpoints> self)
    {
        routes.MapGet("/sign-in", (HttpContext http) => self(http).Begin(http));
        // As delegates that answer with a result: by itself, such a lambda would be one that has written its answer.
        routes.MapGet("/callback", (Delegate)((HttpContext http) => self(http).CallbackAsync(http)));
        routes.MapPost("/sign-out", (Delegate)((HttpContext http) => self(http).SignOutAsync(http))).DisableAntiforgery();
        routes.MapGet("/signed-out", (HttpContext http) => Message(http, t => t.SignedOut, t => t.SignedOutMore, 200));
        routes.MapGet("/language", (HttpContext http) =>
        {
            if (http.Request.Query["to"].ToString() is ("fr" or "en") and var to)
            {
                Cookies.Write(http, Cookies.Language, to, TimeSpan.FromDays(365));
            }

            return Redirect(Cookies.Path(http.Request.Query["back"]));
        });
    }

    private static SeeOther Redirect(string path) => new(path);

    internal static IResult Message(HttpContext http, Func<ConsoleTexts, string> title, Func<ConsoleTexts, string> text, int status)
    {
        var frame = Frame.Of(http, null);
        return new HtmlPage<MessagePage>(status, new() { ["Around"] = frame with { Title = title(frame.Texts) }, ["Text"] = text(frame.Texts), ["SignIn"] = true });
    }

    private static string Proof(string cookie, string purpose) => Cookies.Derive(cookie.Split('.')[0], purpose);

    private SeeOther Begin(HttpContext http)
    {
        var cookie = Cookies.Random() + "." + Base64Url.EncodeToString(Encoding.ASCII.GetBytes(Cookies.Path(http.Request.Query["back"])));
        Cookies.Write(http, ConsoleSite.Of(http).BegunCookie, cookie, Longest);
        var challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Proof(cookie, "verifier"))));
        return Redirect(signIn.AuthorizePath(http, Proof(cookie, "state"), Proof(cookie, "nonce"), challenge));
    }

    private async Task<IResult> CallbackAsync(HttpContext http)
    {
        if (signIn.MustWait(http))
        {
            return Message(http, t => t.NotSignedIn, t => t.TooMany, 429);
        }

        // Without the cookie of the browser that began, someone else's code could be slipped in.
        if (http.Request.Cookies[ConsoleSite.Of(http).BegunCookie] is not { Length: < 800 } begun || begun.Split('.') is not [{ Length: 43 }, var back] || !Cookies.Same(http.Request.Query["state"], Proof(begun, "state")))
        {
            return Message(http, t => t.NotSignedIn, t => t.NotBegunHere, 400);
        }

        Cookies.Clear(http, ConsoleSite.Of(http).BegunCookie);
        if (http.Request.Query["code"] is not [{ Length: > 0 and <= 128 } code])
        {
            return Message(http, t => t.NotSignedIn, t => t.SignInRefused, 403);
        }

        if (await signIn.BeginAsync(http, code, Proof(begun, "verifier"), Proof(begun, "nonce")) is not { } tokens)
        {
            return Message(http, t => t.NotSignedIn, t => t.CodeNotGood, 403);
        }

        var session = new ConsoleSession(signIn, tokens, time);
        try
        {
            var me = await new ApiClient(api, session, options, http).GetAsync(ConsoleSite.Of(http).Api + "/whoami", WireJson.Default.WhoAmI);
            (session.Name, session.Organization) = (me.Name, me.Organization ?? "");
        }
        catch (Exception failure) when (failure is ApiAwayException or ApiRefusalException or SessionEndedException)
        {
            await signIn.EndAsync(http, session.Tokens);
            return Message(http, t => t.NotSignedIn, t => ConsoleSite.Of(http).IsOperator ? t.OperatorAwayMore : t.AwayMore, 503);
        }

        await sessions.EndAsync(http, Cookies.Session(http));
        Cookies.Write(http, ConsoleSite.Of(http).SessionCookie, await sessions.AddAsync(session));
        return Redirect(Cookies.Path(Base64Url.IsValid(back) ? Encoding.ASCII.GetString(Base64Url.DecodeFromChars(back)) : null));
    }

    private async Task<IResult> SignOutAsync(HttpContext http)
    {
        if (await Cookies.FormAsync(http) is null)
        {
            return Message(http, t => t.StaleForm, t => t.StaleFormMore, 400);
        }

        await sessions.EndAsync(http, Cookies.Session(http));
        Cookies.Clear(http, ConsoleSite.Of(http).SessionCookie);
        return Redirect("/console/signed-out");
    }
}
