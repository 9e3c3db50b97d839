using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.SignIn;

/// <summary>
/// The console's cookies. No other site and no other host can set or read them (<c>__Host-</c>, HttpOnly). They are sent along when a link elsewhere leads here (SameSite=Lax), never with a
/// form of another site; and a form needs a proof besides, a hash of the session's cookie.
/// </summary>
internal static class Cookies
{
    public const string Language = "__Host-beffroi-language";

    /// <summary>The hidden field that proves that a form is from a page of this session.</summary>
    public const string Field = "form";

    /// <summary>The cookie of this site's session, if the browser has one.</summary>
    public static string? Session(HttpContext http) => http.Request.Cookies[ConsoleSite.Of(http).SessionCookie];

    public static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string Hash(string value) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)));

    /// <summary>Something that only who has the cookie can know, for one purpose; tells nothing of the cookie.</summary>
    public static string Derive(string cookie, string purpose) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes("beffroi/console/1 " + purpose + " " + cookie)));

    public static bool Same(string? one, string other) => one is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));

    public static void Write(HttpContext http, string name, string value, TimeSpan? age = null) => http.Response.Cookies.Append(name, value, Options(age));

    public static void Clear(HttpContext http, string name) => http.Response.Cookies.Delete(name, Options(null));

    /// <summary>A path of the console, whatever a link says.</summary>
    public static string Path(string? asked) =>
        asked is { Length: <= 500 } && (asked == "/console" || asked.StartsWith("/console/", StringComparison.Ordinal)) && !asked.Any(c => char.IsControl(c) || c is '\\' or > '~') ? asked : "/console";

    /// <summary>The form, if it is from a page of this session's.</summary>
    public static async Task<IFormCollection?> FormAsync(HttpContext http)
    {
        if (!http.Request.HasFormContentType || http.Request.ContentLength is null or > 16 * 1024 || http.Request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin"))
        {
            return null;
        }

        try
        {
            var form = await http.Request.ReadFormAsync(http.RequestAborted);
            return Session(http) is { Length: 43 } cookie && Same(form[Field], Derive(cookie, "form")) ? form : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static CookieOptions Options(TimeSpan? age) => new() { Secure = true, HttpOnly = true, SameSite = SameSiteMode.Lax, Path = "/", MaxAge = age, IsEssential = true };
}
