using System.Buffers.Text;
using System.Security.Cryptography;
using Beffroi.Platform.Http.People;
using Beffroi.Platform.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Beffroi.Platform.Http.Pages;

/// <summary>
/// The pages' cookies, and the proof that a form that comes back is one that was sent to this browser: a random cookie that no other site can set or read (<c>__Host-</c>,
/// SameSite=Strict), and in the form a hash of it. Needs no key and no store, so it works with any number of replicas.
/// </summary>
internal static class FormGuard
{
    /// <summary>The hidden field's name.</summary>
    public const string Field = "form";

    private const int LongestValue = 2048;

    /// <summary>What the form has to carry, each of a page the same; sets the cookie if the browser has none.</summary>
    public static string Issue(HttpContext http)
    {
        var cookie = http.Items[typeof(FormGuard)] as string ?? Read(http, "form");
        if (cookie is not { Length: 43 })
        {
            Write(http, "form", cookie = PeopleSignIn.Random(), null);
            http.Items[typeof(FormGuard)] = cookie;
        }

        return Proof(cookie);
    }

    /// <summary>The form, if it is from this browser and a page of ours; null otherwise.</summary>
    /// <param name="http">The request.</param>
    /// <param name="longest">Of a value, in characters.</param>
    public static async Task<IFormCollection?> ReadAsync(HttpContext http, int longest = LongestValue)
    {
        if (!http.Request.HasFormContentType || http.Request.ContentLength is null or > 16 * 1024
            || http.Request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin"))
        {
            return null;
        }

        IFormCollection form;
        try
        {
            form = await http.Request.ReadFormAsync(Limits(longest), http.RequestAborted);
        }
        catch (InvalidDataException)
        {
            // More or longer fields than any of our forms has.
            return null;
        }

        return Read(http, "form") is { Length: 43 } cookie && form[Field] is [{ } proof]
            && CryptographicOperations.FixedTimeEquals(System.Text.Encoding.UTF8.GetBytes(proof), System.Text.Encoding.UTF8.GetBytes(Proof(cookie)))
                ? form
                : null;
    }

    /// <summary>A field's text; empty if it is missing or there more than once.</summary>
    public static string Text(this IFormCollection form, string name) => form[name] is [{ } text] ? text : "";

    /// <summary>A cookie of this side's pages. Cookies don't tell ports apart, so the sides' have different names.</summary>
    public static string? Read(HttpContext http, string name) => http.Request.Cookies[Name(http, name)];

    public static void Write(HttpContext http, string name, string value, TimeSpan? age) => http.Response.Cookies.Append(Name(http, name), value, Options(age));

    /// <summary>A cookie that also comes with a browser that another site sends to a page of ours, and with nothing else that another site has it do.</summary>
    public static void WriteForReturn(HttpContext http, string name, string value, TimeSpan age) => http.Response.Cookies.Append(Name(http, name), value, Options(age, SameSiteMode.Lax));

    public static void Clear(HttpContext http, string name) => http.Response.Cookies.Delete(Name(http, name), Options(null));

    private static FormOptions Limits(int longest) => new() { KeyLengthLimit = 64, ValueLengthLimit = longest, ValueCountLimit = 24, BufferBodyLengthLimit = 16 * 1024 };

    private static CookieOptions Options(TimeSpan? age, SameSiteMode site = SameSiteMode.Strict) =>
        new() { Secure = true, HttpOnly = true, SameSite = site, Path = "/", MaxAge = age, IsEssential = true };

    private static string Name(HttpContext http, string name) => "__Host-beffroi-" + Listener.Of(http).Text() + "-" + name;

    private static string Proof(string cookie) => Base64Url.EncodeToString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes("beffroi/form/1 " + cookie)));
}
