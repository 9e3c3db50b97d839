using System.CommandLine;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli;

/// <summary>Gives a command its action within a session.</summary>
internal static class CommandActions
{
    public static Command Run(this GlobalOptions options, Terminal terminal, Command command, Func<Session, ParseResult, CancellationToken, Task<int>> action)
    {
        command.SetAction(async (result, cancellationToken) =>
        {
            using var session = Session.Open(options, result, terminal);
            return await action(session, result, cancellationToken);
        });
        return command;
    }
}
