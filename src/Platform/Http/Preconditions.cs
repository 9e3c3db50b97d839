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
            ? new Problem("invalid-header", 400, "A header is not valid", "If-Match and If-None-Match can't be used together: nothing could meet both.",
                [new FieldError("If-Match", "This can't be used together with If-None-Match.", "one of the two")])
            : new Preconditions(match, none == "*");
    }

    /// <summary>The problem if there is an If-Match that <paramref name="etag"/> (null: nothing there) doesn't meet.</summary>
    public Problem? Check(string? etag) =>
        !HasMatch || (etag is not null && (_match.Contains("*") || _match.Contains(etag)))
            ? null
            : etag is null
                ? Problem.PreconditionFailed(
                    "stale-etag", "If-Match was given, but there is no such resource (any more). To create it, leave If-Match out.",
                    new FieldError("If-Match", "There is nothing that it could match.", "no If-Match"))
                : Stale("stale-etag", "The resource has changed since you read it. Read it again, apply your change to what you find, and send its new ETag in If-Match.");

    /// <summary>What was read is no longer what is there (412).</summary>
    public static Problem Stale(string type, string detail) =>
        Problem.PreconditionFailed(type, detail, new FieldError("If-Match", "This is not the present ETag.", "the ETag that a new reading gives"));

    /// <summary>There is something that would be changed, and the request doesn't say what it was when it was read (428).</summary>
    public static Problem Required(string detail) => new(
        "precondition-required", 428, "A precondition is required", detail,
        [new FieldError("If-Match", "This header is missing.", "the ETag that you read; * for whatever is there")]);

    /// <summary>The entity tag of a resource, without quotes: another one for every change of anything shown.</summary>
    public static string Etag(ResourceRow resource) =>
        resource.Id.ToString("N") + "-" + resource.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
