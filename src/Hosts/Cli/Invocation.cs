using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using Beffroi.Hosts.Cli.Access;
using Beffroi.Hosts.Cli.Alerts;
using System.Text.Json.Nodes;
using Beffroi.Hosts.Cli.Contexts;
using Beffroi.Hosts.Cli.Evidence;
using Beffroi.Hosts.Cli.Isolation;
using Beffroi.Hosts.Cli.Keys;
using Beffroi.Hosts.Cli.Ledger;
using Beffroi.Hosts.Cli.Lockbox;
using Beffroi.Hosts.Cli.Operations;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Postgres;
using Beffroi.Hosts.Cli.Protection;
using Beffroi.Hosts.Cli.Postgres.Backup;
using Beffroi.Hosts.Cli.Setup;
using Beffroi.Hosts.Cli.Policy;
using Beffroi.Hosts.Cli.Sovereignty;
using Beffroi.Hosts.Cli.Tenancy;
using Beffroi.Hosts.Cli.Usage;
using Beffroi.Hosts.Cli.Witness;

namespace Beffroi.Hosts.Cli;

/// <summary>Parses a command line, runs its command and turns what goes wrong into words and an exit code.</summary>
internal static class Invocation
{
    public static async Task<int> RunAsync(string[] arguments, Terminal terminal)
    {
        var options = new GlobalOptions();
        var root = Root(options, terminal);
        if (arguments is [['[', ..], ..])
        {
            Completions.KnowOwnName(root);
        }

        // An argument that begins with @ is what it says, as --store @FILE, and no file with more arguments.
        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction)
        {
            var faults = parsed.Errors.Select(e => e.Message).Distinct().Append("See: beffroi" + CommandPath(parsed) + " --help");
            // Not by its value, which can't be read where this very option is wrong.
            var json = parsed.GetResult(options.Output)?.Tokens is [{ Value: "json" }];
            ProblemWriter.Write(terminal.Error, new CliException(string.Join('\n', faults), ExitCode.Usage), json);
            return ExitCode.Usage;
        }

        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = terminal.Out, Error = terminal.Error },
                stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (CliException e)
        {
            ProblemWriter.Write(terminal.Error, e, parsed.GetValue(options.Output) == "json");
            return e.ExitCode;
        }
    }

    public static RootCommand Root(GlobalOptions options, Terminal terminal)
    {
        var root = new RootCommand("Beffroi: managed services that their customers can verify.\n\n" + ExitCode.Explanation);
        var version = new Command("version", "Print this program's version");
        version.SetAction(result => terminal.Tell(
            result.GetValue(options.Output) == "json", new JsonObject { ["version"] = CliVersion.Text }, CliVersion.Text));
        foreach (var option in options.Recursive)
        {
            root.Options.Add(option);
        }

        foreach (var command in new[]
        {
            PostgresCommands.Create(options, terminal),
            RepositoryCommands.Create(options, terminal),
            OperationCommands.Create(options, terminal),
            TenancyCommands.Organization(options, terminal),
            TenancyCommands.Space(options, terminal),
            VerifyCommands.Create(options, terminal),
            KeyCommands.Create(options, terminal),
            ProtectionCommands.Safeguard(options, terminal),
            ProtectionCommands.Approval(options, terminal),
            EvidenceCommands.Create(options, terminal),
            SovereigntyCommands.Create(options, terminal),
            PolicyCommands.Create(options, terminal),
            LedgerCommands.Create(options, terminal),
            MemberCommands.Member(options, terminal),
            MemberCommands.ServiceAccount(options, terminal),
            MemberCommands.Group(options, terminal),
            RoleCommands.Create(options, terminal),
            IdentityProviderCommands.Create(options, terminal),
            AccessReviewCommands.Create(options, terminal),
            LockboxCommands.Create(options, terminal),
            BreakGlassCommands.Create(options, terminal),
            AlertCommands.Create(options, terminal),
            LoginCommands.Login(options, terminal),
            LoginCommands.Logout(options, terminal),
            LoginCommands.Enrol(options, terminal),
            SessionCommands.Create(options, terminal),
            TokenCommands.Create(options, terminal),
            QuotaCommands.Create(options, terminal),
            UsageCommands.Create(options, terminal),
            PriceListCommands.Show(options, terminal, "price-list", "Show what things cost: the price lists, as the operator declares them"),
            OperatorCommands.Create(options, terminal),
            InvitationCommand.Create(options, terminal),
            WitnessCommands.Create(options, terminal),
            ContextCommands.Create(options, terminal),
            UpCommand.Create(options, terminal),
            DownCommand.Create(options, terminal),
            StatusCommand.Create(options, terminal),
            CompletionCommand.Create(options, terminal),
            version,
        })
        {
            root.Subcommands.Add(command);
        }

        return root;
    }

    private static string CommandPath(ParseResult parsed)
    {
        var names = new List<string>();
        for (var result = parsed.CommandResult; result?.Parent is not null; result = result.Parent as CommandResult)
        {
            names.Insert(0, " " + result.Command.Name);
        }

        return string.Concat(names);
    }
}
