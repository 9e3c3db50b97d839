using Beffroi.Contracts;

namespace Beffroi.Hosts.WebConsole.Api;

/// <summary>The API has refused a request.</summary>
/// <param name="problem">In its words.</param>
internal sealed class ApiRefusalException(ProblemDocument problem) : Exception(problem.Title)
{
    public ProblemDocument Problem { get; } = problem;

    /// <summary>What was asked for is in nothing that the API gave.</summary>
    public static ApiRefusalException NotFound(string detail) => new(new ProblemDocument("urn:beffroi:problem:not-found", "Not found", 404, detail, null, null));
}

/// <summary>The API doesn't answer, or not in time, or not with what it promises.</summary>
internal sealed class ApiAwayException(Exception? inner = null) : Exception("The API gave no answer.", inner);

/// <summary>The session has ended: its person has to sign in again.</summary>
internal sealed class SessionEndedException() : Exception("The session has ended.");
