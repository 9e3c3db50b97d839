using System.CommandLine;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Ledger;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli;

/// <summary>Gives a command its action within a session; afterwards the ledger of the organization it worked in is looked at.</summary>
internal static class CommandActions
{
    public static Command Run(this GlobalOptions options, Terminal terminal, Command command, Func<Session, ParseResult, CancellationToken, Task<int>> action)
    {
        command.SetAction(async (result, cancellationToken) =>
        {
            using var session = Session.Open(options, result, terminal);
            try
            {
                var code = await action(session, result, cancellationToken);
                return await WatchAsync(session, cancellationToken) ? code : ExitCode.Failed;
            }
            catch (ProblemException)
            {
                // Refused; that is in the ledger too.
                await WatchAsync(session, cancellationToken);
                throw;
            }
        });
        return command;
    }

    private static async Task<bool> WatchAsync(Session session, CancellationToken cancellationToken) =>
        session.Organization is not { } organization || cancellationToken.IsCancellationRequested || await LedgerWatch.CheckAsync(session, organization, cancellationToken);
}
