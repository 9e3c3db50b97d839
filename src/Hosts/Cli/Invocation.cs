using System.CommandLine;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Setup;

namespace Beffroi.Hosts.Cli;

/// <summary>Parses a command line, runs its command and turns what goes wrong into words and an exit code.</summary>
internal static class Invocation
{
    public static async Task<int> RunAsync(string[] arguments, Terminal terminal)
    {
        var parsed = Root(terminal).Parse(arguments);
        if (parsed.Errors.Count > 0 && parsed.Action is System.CommandLine.Invocation.ParseErrorAction)
        {
            foreach (var error in parsed.Errors)
            {
                await terminal.Error.WriteLineAsync(error.Message);
            }

            await terminal.Error.WriteLineAsync("See: beffroi" + CommandPath(parsed) + " --help");
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = terminal.Out, Error = terminal.Error });
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (CliException e)
        {
            await terminal.Error.WriteLineAsync(e.Message);
            return e.ExitCode;
        }
    }

    public static RootCommand Root(Terminal terminal)
    {
        var root = new RootCommand("Beffroi: managed services that their customers can verify.\n\n" + ExitCode.Explanation);
        root.Subcommands.Add(UpCommand.Create(terminal));
        return root;
    }

    private static string CommandPath(ParseResult parsed)
    {
        var names = new List<string>();
        for (var result = parsed.CommandResult; result?.Parent is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            names.Insert(0, " " + result.Command.Name);
        }

        return string.Concat(names);
    }
}
