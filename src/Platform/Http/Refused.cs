using Beffroi.Kernel;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Platform.Http;

/// <summary>A refusal as an endpoint's result. The document itself is written at the end of the pipeline, after the ledger's entry.</summary>
public sealed class Refused(Problem problem) : IResult, IStatusCodeHttpResult
{
    /// <inheritdoc/>
    public int? StatusCode => problem.Status;

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        ApiRequest.Of(httpContext).Refusal = problem;
        httpContext.Response.StatusCode = problem.Status;
        return Task.CompletedTask;
    }
}
