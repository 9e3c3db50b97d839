namespace Beffroi.Hosts.Cli;

/// <summary>Ends the command with a message for a person, which says what to do, and an exit code.</summary>
internal class CliException(string message, int exitCode = ExitCode.Failed, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;
}
