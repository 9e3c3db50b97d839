using Beffroi.Contracts;

namespace Beffroi.Hosts.Cli.Api;

/// <summary>The API refused (RFC 9457).</summary>
internal sealed class ProblemException(ProblemDocument problem)
    : CliException(problem.Title + ": " + problem.Detail, Cli.ExitCode.ForStatus(problem.Status))
{
    public ProblemDocument Problem { get; } = problem;
}
