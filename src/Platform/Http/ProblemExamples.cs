using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;

namespace Beffroi.Platform.Http;

/// <summary>An example of a problem of each status, for the OpenAPI document.</summary>
internal static class ProblemExamples
{
    public static string For(int status)
    {
        var problem = status switch
        {
            400 => Problems.BadQuery(new FieldError("limit", "This limit is not valid.", "a whole number from 1 to 200")),
            403 => Problem.Forbidden("Your account does not have the permission postgres.create here. Ask an administrator of the organization for it."),
            409 => Problem.Conflict("being-deleted", "The resource is being deleted", "Wait until it is gone; then the name is free again."),
            412 => Preconditions.Stale("stale-etag", "The resource has changed since you read it. Read it again."),
            422 => Problem.Invalid(new FieldError("spec.size", "This size doesn't exist.", "s1, s2, s4, s8")),
            428 => Preconditions.Required("Send the ETag that you read in If-Match."),
            429 => Problems.TooManyFailures,
            _ => Problems.Of(status),
        };
        var document = new ProblemDocument(
            Problems.TypePrefix + problem.Type, problem.Title, problem.Status, problem.Detail, "0193588ea7e27c3b9d560b1c5a6e7f80",
            problem.Errors.Count > 0 ? problem.Errors : null);
        return JsonSerializer.Serialize(document, WireJson.Default.ProblemDocument);
    }
}
