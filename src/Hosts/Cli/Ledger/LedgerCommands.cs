using System.CommandLine;
using System.Text.Json.Nodes;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Ledger;

/// <summary><c>ledger</c>: what was done and refused, by whom, and the proof that nobody rewrote it.</summary>
internal static class LedgerCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal) =>
        new(
            "ledger",
            "Read and verify the append-only log of everything that was done or refused in your organization; in a context of the operator's, the operator's own.\n\n"
            + "It is a Merkle tree log in public formats (C2SP tlog-tiles). Each command that talks to the server also makes sure that the log continues what this program saw of it before.")
        {
            ReadLedger.Tail(options, terminal),
            ReadLedger.Search(options, terminal),
            ExportLedger.Create(options, terminal),
            ProveEntry.Create(options, terminal),
            VerifyLedger.Create(options, terminal),
            ReceiverCommands.Witness(options, terminal),
            ReceiverCommands.Forward(options, terminal),
            Key(options, terminal),
            Forget(options, terminal),
        };

    // Without the watch after other commands, which would remember again at once.
    private static Command Forget(GlobalOptions options, Terminal terminal)
    {
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        var command = new Command("forget", "Forget what this program saw of the log: the next command believes what it meets") { yes };
        command.SetAction((result, _) =>
        {
            using var session = Session.Open(options, result, terminal);
            var log = ApiLog.Of(session);
            if (!result.GetValue(yes))
            {
                Confirmation.Ask(terminal, $"Without what it remembers, this program can't tell whether the ledger of {log.Owner} was rewritten before now.", log.Owner);
            }

            var there = LogMemory.ForUser().Forget(log.Address);
            return Task.FromResult(session.Confirm(
                new JsonObject { ["organization"] = session.IsOperator ? null : log.Owner, ["forgotten"] = there },
                there ? $"The ledger of {log.Owner} is forgotten." : $"Nothing is remembered of the ledger of {log.Owner}."));
        });
        return command;
    }

    private static Command Key(GlobalOptions options, Terminal terminal) =>
        options.Run(terminal, new Command("key", "Print the log's public key; whoever has it verifies exports and proofs offline"), async (session, result, token) =>
        {
            var found = await ApiLog.Of(session).KeyAsync(token);
            return session.Terminal.Tell(result.GetValue(options.Output) == "json", new JsonObject { ["key"] = found.ToString() }, found.ToString());
        });
}
