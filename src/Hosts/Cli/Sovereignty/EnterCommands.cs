using System.CommandLine;
using Beffroi.Contracts;
using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Sovereignty;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Sovereignty;

/// <summary><c>sovereignty set</c> and <c>remove</c>: what only the operator knows.</summary>
internal static class EnterCommands
{
    public static Command Set(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string>("id") { Description = "The entry's id: a name of your choice" };
        var kind = new Option<string>("--kind") { Description = "supplier, software, service, licence or hardware", HelpName = "KIND", Required = true };
        kind.AcceptOnlyFromAmong("supplier", "software", "service", "licence", "hardware");
        var title = new Option<string>("--name") { Description = "What it is, for people", HelpName = "TEXT", Required = true };
        var stops = new Option<string>("--stops") { Description = "What becomes of it when its supplier stops: at-once, at-expiry, at-failure or never", HelpName = "WHEN", Required = true };
        stops.AcceptOnlyFromAmong("at-once", "at-expiry", "at-failure", "never");
        var reason = new Option<string>("--reason") { Description = "Why; of a supplier: where its jurisdiction is known from", HelpName = "TEXT", Required = true };
        var reasonFr = new Option<string?>("--reason-fr") { Description = "The same in French [as in --reason]", HelpName = "TEXT" };
        var supplier = new Option<string?>("--supplier") { Description = "Who supplies it; of a supplier: who owns it", HelpName = "ID" };
        var jurisdiction = new Option<string?>("--jurisdiction") { Description = "Under which country's law it is, e.g. FR [its supplier's]", HelpName = "CODE" };
        var licence = new Option<string?>("--licence") { Description = "The licence's or contract's name", HelpName = "TEXT" };
        var licenceKind = new Option<string?>("--licence-kind") { Description = "free, perpetual or subscription", HelpName = "KIND" };
        licenceKind.AcceptOnlyFromAmong("free", "perpetual", "subscription");
        var expires = new Option<DateOnly?>("--expires") { Description = "The last day of the licence or contract", HelpName = "YYYY-MM-DD" };
        var version = new Option<string?>("--product-version") { Description = "Which version of it", HelpName = "TEXT" };
        var carries = new Option<string[]>("--carries")
        {
            Description = "What stops with it, e.g. software:host-system, postgres, keys; with :at-failure after it what runs on until it has to start again; can be repeated",
            HelpName = "ID",
            AllowMultipleArgumentsPerToken = true,
        };
        var redundancy = new Option<string?>("--redundancy") { Description = "What it carries stops only when all entries of the same redundancy have", HelpName = "NAME" };
        var hosting = new Option<string?>("--hosting") { Description = "Its part in hosting health data, as JSON: role, activities, access, foreignLaw, hds, secNumCloud (see the operator's guide)", HelpName = "FILE" };
        var command = new Command("set", "Enter something, or all of it anew (with a context of the operator's). Every customer can read it")
        {
            name, kind, title, stops, reason, reasonFr, supplier, jurisdiction, licence, licenceKind, expires, version, carries, redundancy, hosting,
        };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var wanted = new PutRegisterEntry(
                result.GetRequiredValue(kind),
                result.GetRequiredValue(title),
                result.GetRequiredValue(stops),
                new LocalText(result.GetRequiredValue(reason), result.GetValue(reasonFr) ?? result.GetRequiredValue(reason)),
                [.. (result.GetValue(carries) ?? []).Select(Carried)],
                result.GetValue(version),
                result.GetValue(supplier),
                result.GetValue(jurisdiction),
                result.GetValue(licence),
                result.GetValue(licenceKind),
                result.GetValue(expires),
                result.GetValue(redundancy),
                result.GetValue(hosting) is { } file ? await JsonFile.ReadAsync(file, WireJson.Default.HostingRole, "somebody's part in hosting", token) : null);
            var made = await session.Api.ChangeAsync(
                HttpMethod.Put, One(session, result.GetRequiredValue(name)), wanted, ApiClient.Wire.PutRegisterEntry, ApiClient.Wire.RegisterEntry, Preconditions.None, token);
            session.Results.Value(made!, wire => wire.RegisterEntry, writer => SovereigntyCommands.Write(writer, made!));
            return ExitCode.Ok;
        });
    }

    public static Command Remove(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string>("id") { Description = "The entry's id" };
        return options.Run(terminal, new Command("remove", "Remove what the operator entered (with a context of the operator's); the ledger keeps that it was there") { name }, (session, result, token) =>
        {
            _ = One(session, "");
            return Removal.RunAsync(session, SovereigntyCommands.Entries(session), result.GetRequiredValue(name), ApiClient.Wire.RegisterEntry, $"{result.GetValue(name)} is removed from the register.", token);
        });
    }

    private static CarriedEntry Carried(string text)
    {
        foreach (var stops in (string[])["at-once", "at-failure"])
        {
            if (text.EndsWith(":" + stops, StringComparison.Ordinal))
            {
                return new CarriedEntry(text[..^(stops.Length + 1)], stops);
            }
        }

        return new CarriedEntry(text);
    }

    private static string One(Session session, string id) => session.IsOperator
        ? SovereigntyCommands.Entries(session) + "/" + Uri.EscapeDataString(id)
        : throw new CliException("Only the operator's people write the register: use a context of theirs, e.g. --context admin.", ExitCode.Usage);
}
