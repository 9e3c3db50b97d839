using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Http;

/// <summary>Writes the answer to an accepted change.</summary>
internal sealed class AcceptedResult(Accepted accepted) : IResult, IStatusCodeHttpResult
{
    public int? StatusCode => accepted.Status;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = accepted.Status;
        foreach (var (name, value) in accepted.Headers)
        {
            httpContext.Response.Headers[name] = value;
        }

        if (accepted.Replayed)
        {
            httpContext.Response.Headers["Idempotency-Replayed"] = "true";
        }

        httpContext.Response.ContentType = "application/json; charset=utf-8";
        return httpContext.Response.WriteAsync(accepted.Json, httpContext.RequestAborted);
    }
}
