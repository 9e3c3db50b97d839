namespace Beffroi.Hosts.Cli.Output;

/// <summary>Lets a person confirm what can't be undone.</summary>
internal static class Confirmation
{
    /// <exception cref="CliException">The answer was another, or nobody is there to ask.</exception>
    public static void Ask(Terminal terminal, string warning, string answer)
    {
        if (!terminal.CanAsk)
        {
            throw new CliException(warning + " Nobody is there to confirm it: add --yes.", ExitCode.Usage);
        }

        terminal.Error.WriteLine(warning);
        terminal.Error.Write($"Type {answer} to go on: ");
        if (Console.ReadLine()?.Trim() != answer)
        {
            throw new CliException("Nothing was changed.", ExitCode.Failed);
        }
    }
}
