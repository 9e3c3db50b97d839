namespace Beffroi.Hosts.Cli.Shell;

/// <summary>A step of <c>up</c> or <c>down</c> failed.</summary>
/// <param name="message">What failed.</param>
/// <param name="tail">The last lines of what it printed.</param>
/// <param name="advice">What to do, where the step's own advice isn't the right one.</param>
internal sealed class SetupException(string message, IReadOnlyList<string>? tail = null, string? advice = null) : CliException(message)
{
    public IReadOnlyList<string> Tail { get; } = tail ?? [];

    public string? Advice { get; } = advice;
}
