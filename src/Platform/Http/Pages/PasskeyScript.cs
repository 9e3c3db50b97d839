using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Http.Pages;

/// <summary>The script of the pages with passkeys, as it is in the source. Its address has its digest, so what is at it never changes. Immutable.</summary>
internal static class PasskeyScript
{
    /// <summary>Where the script is.</summary>
    public const string Route = SignInPages.Path + "/scripts/{digest}/passkeys.js";

    /// <summary>After a form's address: where the script asks what to ask the browser for.</summary>
    public const string OptionsPath = "/options";

    private static readonly string Script = Read();
    private static readonly string Digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Script)));

    public static string Address { get; } = Route.Replace("{digest}", Digest, StringComparison.Ordinal);

    /// <summary>The script; nothing under another's digest.</summary>
    public static IResult Find(HttpContext http, string digest)
    {
        if (digest != Digest)
        {
            return new Refused(Problems.NotFound);
        }

        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Text(Script, "text/javascript; charset=utf-8");
    }

    private static string Read()
    {
        using var reader = new StreamReader(typeof(PasskeyScript).Assembly.GetManifestResourceStream("passkeys.js")!);
        return reader.ReadToEnd();
    }
}
