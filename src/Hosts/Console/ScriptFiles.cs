using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole;

/// <summary>
/// The console's scripts: a few files of ours, as they are in the source. Their address has a digest of all of them, so what is at it never changes, and a page's scripts fit each other. Immutable.
/// </summary>
internal sealed class ScriptFiles
{
    /// <summary>What verifies an entry of the ledger.</summary>
    public const string Verify = "verify.js";

    /// <summary>What keeps a page up to date.</summary>
    public const string Live = "live.js";

    /// <summary>What tells what a form's choices come to.</summary>
    public const string Preview = "preview.js";

    /// <summary>What reads and zooms pictures of metrics.</summary>
    public const string History = "history.js";

    /// <summary>What signs with a passkey what a page shows.</summary>
    public const string Consent = "consent.js";

    private static readonly string[] Names = [Verify, Live, Preview, History, Consent, "proof.js", "update.js"];
    private readonly FrozenDictionary<string, string> _files;
    private readonly string _digest;

    private ScriptFiles()
    {
        _files = Names.ToFrozenDictionary(name => name, ConsoleModule.Read);
        _digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(Names.Select(name => name + "\0" + _files[name] + "\0")))));
    }

    public static ScriptFiles All { get; } = new();

    /// <summary>Where a script is.</summary>
    public string Address(string name) => $"/console/scripts/{_digest}/{name}";

    /// <summary>A script; nothing under a digest of other ones.</summary>
    public IResult Find(HttpContext http, string digest, string name)
    {
        if (digest != _digest || !_files.TryGetValue(name, out var text))
        {
            return Results.NotFound();
        }

        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Text(text, "text/javascript; charset=utf-8");
    }
}
