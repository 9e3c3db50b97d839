using Beffroi.Kernel;
using Beffroi.Platform.Resources;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Http;

/// <summary>The conditions of a request (RFC 9110 section 13), on one resource. Comparison is strong.</summary>
public sealed class Preconditions
{
    private readonly string[] _match;

    private Preconditions(string[] match, bool mustNotExist) => (_match, MustNotExist) = (match, mustNotExist);

    /// <summary><c>If-None-Match: *</c>.</summary>
    public bool MustNotExist { get; }

    /// <summary>Whether there is an If-Match.</summary>
    public bool HasMatch => _match.Length > 0;

    /// <summary>Reads the headers. The quotes of an entity tag may be left out.</summary>
    public static Result<Preconditions> Read(HttpContext http)
    {
        var none = http.Request.Headers.IfNoneMatch.ToString();
        if (none is not "" and not "*")
        {
            return new Problem(
                "invalid-header", 400, "A header is not valid", "If-None-Match can only be * here: the resource must not exist yet.",
                [new FieldError("If-None-Match", "This value is not supported.", "*")]);
        }

        var match = http.Request.Headers.IfMatch.ToString()
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(tag => tag.Length >= 2 && tag[0] == '"' && tag[^1] == '"' ? tag[1..^1] : tag)
            .ToArray();
        return match.Length > 0 && none == "*"
            ? new Problem("invalid-header", 400, "A header is not valid", "If-Match and If-None-Match can't be used together: nothing could meet both.", [])
            : new Preconditions(match, none == "*");
    }

    /// <summary>The problem if there is an If-Match that <paramref name="etag"/> (null: nothing there) doesn't meet.</summary>
    public Problem? Check(string? etag) =>
        !HasMatch || (etag is not null && (_match.Contains("*") || _match.Contains(etag)))
            ? null
            : Problem.PreconditionFailed(
                "stale-etag",
                etag is null
                    ? "If-Match was given, but there is no such resource (any more). To create it, leave If-Match out."
                    : "The resource has changed since you read it. Read it again, apply your change to what you find, and send its new ETag in If-Match.");

    /// <summary>The entity tag of a resource, without quotes: another one for every change of anything shown.</summary>
    public static string Etag(ResourceRow resource) =>
        resource.Id.ToString("N") + "-" + resource.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
