using Beffroi.Contracts;

namespace Beffroi.Hosts.WebConsole.Api;

/// <summary>The API has refused a request.</summary>
/// <param name="problem">In its words.</param>
internal sealed class ApiRefusalException(ProblemDocument problem) : Exception(problem.Title)
{
    public ProblemDocument Problem { get; } = problem;
}

/// <summary>The API doesn't answer, or not in time, or not with what it promises.</summary>
internal sealed class ApiAwayException(Exception? inner = null) : Exception("The API gave no answer.", inner);

/// <summary>The session has ended: its person has to sign in again.</summary>
internal sealed class SessionEndedException() : Exception("The session has ended.");
