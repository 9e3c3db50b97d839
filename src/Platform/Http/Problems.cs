using Beffroi.Contracts;
using Beffroi.Kernel;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Http;

/// <summary>The problems that any route may answer with, and how one is written (RFC 9457).</summary>
public static class Problems
{
    /// <summary>What every problem's type starts with.</summary>
    public const string TypePrefix = "urn:beffroi:problem:";

    /// <summary>The media type.</summary>
    public const string ContentType = "application/problem+json";

    /// <summary>The largest request body, in bytes.</summary>
    public const int LargestBody = 64 * 1024;

    /// <summary>The same words for what is not there and for what the caller may not know of.</summary>
    public static Problem NotFound { get; } = Problem.NotFound("What this path names");

    internal static Problem Unauthenticated { get; } = new(
        "unauthenticated", 401, "Not signed in",
        "Send a valid token: Authorization: Bearer TOKEN. A token that is unknown or expired is answered in the same way.", []);

    internal static Problem TooManyFailures { get; } = new(
        "too-many-failures", 429, "Too many failed sign-ins",
        "Too many requests with tokens that are not valid came from your address. Wait a minute, then use a valid token.", []);

    internal static Problem BodyTooLarge { get; } = new(
        "body-too-large", 413, "The request's body is too large", "A body has at most 64 KiB here.",
        [new FieldError("body", "The body is too large.", $"at most {LargestBody} bytes")]);

    internal static Problem NotJson { get; } = new(
        "unsupported-media-type", 415, "The request's content type is not supported", "Send the body as Content-Type: application/json, in UTF-8.",
        [new FieldError("Content-Type", "This content type is not supported.", "application/json")]);

    internal static Problem Malformed(string detail) => new("malformed-json", 400, "The request's body is not valid JSON", detail, [new FieldError("body", detail, "a JSON object")]);

    /// <summary>A query parameter that isn't valid.</summary>
    public static Problem BadQuery(FieldError error) =>
        new("invalid-query", 400, "The query is not valid", error.Message, [error]);

    /// <summary>What to say where only a status is known.</summary>
    internal static Problem Of(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => Unauthenticated,
        StatusCodes.Status404NotFound => NotFound,
        StatusCodes.Status405MethodNotAllowed => new(
            "method-not-allowed", 405, "This method is not allowed here", "The Allow header lists the methods that this path has.", []),
        StatusCodes.Status413PayloadTooLarge => BodyTooLarge,
        StatusCodes.Status415UnsupportedMediaType => NotJson,
        >= 500 => new(
            "internal-error", status, "Something went wrong here",
            "The request could not be completed; it may be sent again. If this goes on, give the request id to the operator.", []),
        _ => new("bad-request", status, "The request is not valid", "The request could not be understood.", []),
    };

    internal static async Task WriteAsync(HttpContext http, Problem problem, string requestId)
    {
        http.Response.StatusCode = problem.Status;
        http.Response.Headers.CacheControl = "no-store";
        if (problem.Status == StatusCodes.Status401Unauthorized)
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
        }
        else if (problem.Status == StatusCodes.Status429TooManyRequests)
        {
            http.Response.Headers.RetryAfter = "60";
        }

        var document = new ProblemDocument(
            TypePrefix + problem.Type, problem.Title, problem.Status, problem.Detail, requestId, problem.Errors.Count > 0 ? problem.Errors : null);
        await http.Response.WriteAsJsonAsync(document, WireJson.Default.ProblemDocument, ContentType, http.RequestAborted);
    }
}
