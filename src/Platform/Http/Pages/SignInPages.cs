using Beffroi.Platform.Http.People;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Identity.Factors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Beffroi.Platform.Http.Pages;

/// <summary>The page on which people sign in, on each side's listener for that side's people alone.</summary>
internal sealed class SignInPages(PeopleSignIn people, Passkeys passkeys, FailedSignIns failures)
{
    public const string Path = "/sign-in";

    /// <summary>The cookie of a browser in which someone has signed in.</summary>
    public const string Cookie = "person";

    /// <summary>Where to go if the request doesn't say.</summary>
    public const string DevicePath = "/device";

    public const string AuthorizePath = "/oauth/authorize";

    private const string PasskeyPath = Path + "/passkey";

    /// <summary>The cookie of a browser that was asked for a passkey.</summary>
    private const string AskedCookie = "passkey";

    private static readonly TimeSpan CookieAge = TimeSpan.FromMinutes(10);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (HttpContext http) => Show(http, Return(http.Request.Query["return"]), null, StatusCodes.Status200OK)).ForAnyone().ExcludeFromDescription();
        routes.MapPost(Path, (HttpContext http, SignInPages pages) => pages.PostAsync(http)).ForAnyone().ExcludeFromDescription().DisableAntiforgery();
        routes.MapPost(PasskeyPath, (HttpContext http, SignInPages pages) => pages.PasskeyAsync(http)).ForAnyone().ExcludeFromDescription().DisableAntiforgery();
        routes.MapPost(PasskeyPath + PasskeyScript.OptionsPath, (HttpContext http, SignInPages pages) => pages.AskAsync(http))
            .ForAnyone().ExcludeFromDescription().DisableAntiforgery().WithMetadata(new RecordsItself());
        routes.MapGet(PasskeyScript.Route, PasskeyScript.Find).ForAnyone().ExcludeFromDescription();
        routes.MapGet(Html.StylePath, (HttpContext http) =>
        {
            http.Response.Headers.CacheControl = "max-age=3600";
            return Results.Text(Html.Style, "text/css; charset=utf-8");
        }).ForAnyone().ExcludeFromDescription();
    }

    /// <summary>Who has signed in in this browser by factors of their own and not by a provider, in the last minutes, and the SHA-256 of the cookie that says so; null for nobody.</summary>
    public static async Task<(Person Person, byte[] SignIn)?> OfOwnFactorsAsync(HttpContext http, NpgsqlDataSource store)
    {
        if (FormGuard.Read(http, Cookie) is not { } cookie || TokenHash.Of(cookie) is not { } hash)
        {
            return null;
        }

        await using var connection = await store.OpenConnectionAsync(http.RequestAborted);
        return await BrowserSignIns.FindAsync(connection, Listener.Of(http), hash, http.RequestAborted) is { Provider: null } person ? (person, hash) : null;
    }

    /// <summary>Where a sign-in leads back to.</summary>
    public static string For(HttpContext http) => Path + "?return=" + Uri.EscapeDataString(http.Request.Path + http.Request.QueryString);

    /// <summary>Only to pages of ours that need a sign-in, whatever a link says.</summary>
    internal static string Return(string? asked) =>
        asked is PasskeyPages.Path or PasswordPages.Path or ProviderPages.OwnPath || (asked is { Length: <= 2000 } && asked.StartsWith(AuthorizePath + "?", StringComparison.Ordinal) && !asked.Any(char.IsControl)) ? asked : DevicePath;

    private static IResult Show(HttpContext http, string back, string? alert, int status)
    {
        var page = new Html(http);
        var texts = page.Texts;
        page.Alert(alert)
            .Form(Path)
            .Hidden("return", back)
            .Field("account", Listener.Of(http) == Side.Operator ? texts.OperatorAccount : texts.Account, "username")
            .Field("password", texts.Password, "current-password", "password")
            .Field("code", texts.Code, "one-time-code")
            .Button(texts.SignIn)
            .EndForm();
        var passkey = PasskeyTexts.For(texts);
        page = PasskeyCeremonies.Domain(http) is null ? page.Text(passkey.NeedsName) : page.PasskeyForm(PasskeyPath, "get", null).Hidden("return", back).Button(passkey.SignIn).EndForm();
        return (Listener.Of(http) == Side.Operator ? page : page.Link(ProviderPages.For(back), ProviderTexts.For(texts).ByProvider)).Page(texts.SignIn, status);
    }

    private async Task<IResult> AskAsync(HttpContext http)
    {
        if (await FormGuard.ReadAsync(http) is null || PasskeyCeremonies.Domain(http) is null)
        {
            return Results.StatusCode(StatusCodes.Status400BadRequest);
        }

        var cookie = PeopleSignIn.Random();
        if (failures.MustWait(http.Connection.RemoteIpAddress) || await passkeys.AskAsync(http, cookie) is not { } options)
        {
            return Results.StatusCode(StatusCodes.Status429TooManyRequests);
        }

        FormGuard.Write(http, AskedCookie, cookie, CookieAge);
        return Results.Text(options, "application/json");
    }

    private async Task<IResult> PasskeyAsync(HttpContext http)
    {
        var texts = PageTexts.For(http);
        if (failures.MustWait(http.Connection.RemoteIpAddress))
        {
            return Show(http, DevicePath, texts.TooMany, StatusCodes.Status429TooManyRequests);
        }

        if (await FormGuard.ReadAsync(http, PasskeyCeremonies.LongestAnswer) is not { } form || FormGuard.Read(http, AskedCookie) is not { } asked)
        {
            return Show(http, DevicePath, texts.Stale, StatusCodes.Status400BadRequest);
        }

        var back = Return(form.Text("return"));
        FormGuard.Clear(http, AskedCookie);
        if (await passkeys.SignInAsync(http, asked, form.Text("credential")) is not { } cookie)
        {
            return Show(http, back, PasskeyTexts.For(texts).NotAccepted, StatusCodes.Status403Forbidden);
        }

        FormGuard.Write(http, Cookie, cookie, CookieAge);
        return new SeeOther(back);
    }

    private async Task<IResult> PostAsync(HttpContext http)
    {
        var texts = PageTexts.For(http);
        if (failures.MustWait(http.Connection.RemoteIpAddress))
        {
            return Show(http, DevicePath, texts.TooMany, StatusCodes.Status429TooManyRequests);
        }

        if (await FormGuard.ReadAsync(http) is not { } form)
        {
            return Show(http, DevicePath, texts.Stale, StatusCodes.Status400BadRequest);
        }

        var back = Return(form.Text("return"));
        if (await people.TryAsync(http, form.Text("account").Trim(), form.Text("password"), form.Text("code").Replace(" ", "", StringComparison.Ordinal)) is not { } cookie)
        {
            return Show(http, back, texts.NotAccepted, StatusCodes.Status403Forbidden);
        }

        FormGuard.Write(http, Cookie, cookie, CookieAge);
        return new SeeOther(back);
    }
}
