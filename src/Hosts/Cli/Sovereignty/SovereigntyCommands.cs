using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts.Sovereignty;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Sovereignty;

/// <summary><c>sovereignty</c>: what the installation depends on, and what stops without whom. Everyone reads it; a context of the operator's writes.</summary>
internal static class SovereigntyCommands
{
    // A package has many licences, and a column is as wide as its widest cell: `show` tells them all.
    private const int LongestCell = 40;

    public static Command Create(GlobalOptions options, Terminal terminal) => new(
        "sovereignty",
        "What the installation depends on: suppliers, software, services, licences, hardware; and what stops if one of them does.\n\n"
        + "What the product consists of is known; hardware, sites, network and contracts are what the operator entered (set, remove).")
    {
        List(options, terminal),
        Show(options, terminal),
        Simulate(options, terminal),
        SealCommands.Create(options, terminal),
        EnterCommands.Set(options, terminal),
        EnterCommands.Remove(options, terminal),
    };

    /// <summary>The path of the register, on the context's side.</summary>
    public static string Entries(Session session) => Base(session) + "/entries";

    public static string Day(DateOnly day) => day.ToString("O", CultureInfo.InvariantCulture);

    /// <summary>An entry, for a person.</summary>
    public static void Write(TextWriter writer, RegisterEntry entry)
    {
        Columns.Pairs(
            writer, ("id", entry.Id), ("kind", entry.Kind), ("name", entry.Name), ("version", entry.Version), ("supplier", entry.Supplier), ("jurisdiction", entry.Jurisdiction), ("licence", Licence(entry)),
            ("expires", entry.Expires is { } day ? Day(day) : null), ("without its supplier", entry.Supplier is null ? null : entry.Stops == "never" ? "goes on" : "stops " + Words(entry.Stops)), ("because", entry.Reason.En),
            ("carries", entry.Carries.Count == 0 ? null : string.Join(", ", entry.Carries.Select(c => c.Id + (c.Stops == "at-failure" ? " (until it has to start again)" : "")))),
            ("together with", entry.Redundancy is { } redundancy ? $"all of redundancy {redundancy}" : null),
            ("hosting", entry.Hosting is { } hosting ? $"{hosting.Role.En}; HDS activities {string.Join(", ", hosting.Activities)}" : null),
            ("told by", entry.Source switch { "image" => "the images' bills of materials", "host" => "the host's packages", "operator" => "the operator", _ => "the product" }),
            ("changed", entry.ChangedAt?.ToString("u", CultureInfo.InvariantCulture)));
    }

    internal static string Base(Session session) => session.Root + "/v1/sovereignty";

    private static Command List(GlobalOptions options, Terminal terminal)
    {
        var kind = new Option<string?>("--kind") { Description = "Only entries of this kind [all]", HelpName = "KIND" };
        kind.AcceptOnlyFromAmong("beffroi-service", "supplier", "service", "licence", "hardware", "software");
        return options.Run(terminal, new Command("list", "List the register") { kind }, async (session, result, token) =>
        {
            var path = Entries(session) + (result.GetValue(kind) is { } one ? "?kind=" + one : "");
            var page = await session.Api.GetAsync(path, ApiClient.Wire.PageRegisterEntry, token);
            session.Results.List(
                page.Items, wire => wire.RegisterEntry, "There are no such entries.", ["ID", "KIND", "NAME", "SUPPLIER", "LAW", "LICENCE", "EXPIRES", "STOPS"],
                e => [e.Id, e.Kind, e.Name + (e.Version is { } version ? " " + version : ""), e.Supplier, e.Jurisdiction, Licence(e) is { Length: > LongestCell } much ? much[..LongestCell] + "…" : Licence(e), e.Expires is { } day ? Day(day) : null, e.Supplier is null ? null : Words(e.Stops)]);
            return ExitCode.Ok;
        });
    }

    private static Command Show(GlobalOptions options, Terminal terminal)
    {
        var id = new Argument<string>("id") { Description = "The entry's id, as listed" };
        return options.Run(terminal, new Command("show", "Show an entry") { id }, async (session, result, token) =>
        {
            var entry = await session.Api.GetAsync(Entries(session) + "/" + Uri.EscapeDataString(result.GetRequiredValue(id)), ApiClient.Wire.RegisterEntry, token);
            session.Results.Value(entry, wire => wire.RegisterEntry, writer => Write(writer, entry));
            return ExitCode.Ok;
        });
    }

    private static Command Simulate(GlobalOptions options, Terminal terminal)
    {
        var supplier = new Option<string[]>("--supplier") { Description = "Who stops, by id (`sovereignty list --kind supplier`); can be repeated", HelpName = "ID", AllowMultipleArgumentsPerToken = true };
        supplier.CompletionSources.Add(context => Completions.Names(options, context, async (session, token) =>
            (await session.Api.GetAsync(Entries(session) + "?kind=supplier", ApiClient.Wire.PageRegisterEntry, token)).Items.Select(e => e.Id)));
        var country = new Option<string[]>("--country") { Description = "All suppliers under this country's law stop, e.g. US; can be repeated", HelpName = "CODE", AllowMultipleArgumentsPerToken = true };
        var all = new Option<bool>("--all") { Description = "Also list what goes on without its supplier" };
        var command = new Command("simulate", "Tell what stops if suppliers stop: at once, at the next expiry, at the next failure, or never; and which services that takes down. Changes nothing") { supplier, country, all };
        command.Validators.Add(result =>
        {
            if (result.GetValue(supplier) is not { Length: > 0 } && result.GetValue(country) is not { Length: > 0 })
            {
                result.AddError("Say who stops: --supplier ID or --country CODE.");
            }
        });
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var asked = new[] { ("supplier", result.GetValue(supplier)), ("country", result.GetValue(country)) }.Where(a => a.Item2 is { Length: > 0 })
                .Select(a => a.Item1 + "=" + Uri.EscapeDataString(string.Join(',', a.Item2!)));
            var simulation = await session.Api.GetAsync(Base(session) + "/simulation?" + string.Join('&', asked), ApiClient.Wire.Simulation, token);
            session.Results.Value(simulation, wire => wire.Simulation, writer => Write(writer, simulation, result.GetValue(all), session.Terminal.Interactive));
            return ExitCode.Ok;
        });
    }

    private static void Write(TextWriter writer, Simulation simulation, bool all, bool styled)
    {
        writer.WriteLine(Columns.Printable($"If these stopped on {Day(simulation.On)}: {(simulation.Suppliers.Count > 0 ? string.Join(", ", simulation.Suppliers) : "no supplier in the register")}"));
        writer.WriteLine();
        Stops("SERVICE", simulation.Services);
        if (simulation.Stopping.Count > 0)
        {
            writer.WriteLine();
            Stops("WHAT ELSE STOPS", simulation.Stopping);
        }

        if (simulation.GoingOn.Count > 0)
        {
            writer.WriteLine();
            if (all)
            {
                Columns.Write(writer, styled, ["WHAT GOES ON", "NAME", "BECAUSE"], simulation.GoingOn.Select(s => new string?[] { s.Id, s.Name, s.Reason.En }));
            }
            else
            {
                writer.WriteLine($"{simulation.GoingOn.Count} of what they supply goes on without them (--all lists it, with why).");
            }
        }

        if (simulation.UnknownJurisdiction.Count > 0)
        {
            writer.WriteLine(Columns.Printable($"Under which law these suppliers are is not known, so this says nothing of them: {string.Join(", ", simulation.UnknownJurisdiction)}"));
        }

        foreach (var gap in simulation.Gaps)
        {
            writer.WriteLine(Columns.Printable(gap.En));
        }

        void Stops(string heading, IEnumerable<SimulatedStop> stops) => Columns.Write(
            writer, styled, [heading, "STOPS", "THROUGH", "BECAUSE"],
            stops.Select(s => new string?[] { s.Id, Words(s.When) + (s.On is { } day ? ", after " + Day(day) : ""), s.Chain.Count > 1 ? string.Join(" > ", s.Chain.SkipLast(1)) : null, s.When == "never" ? null : s.Reason.En }));
    }

    private static string? Licence(RegisterEntry entry) => (entry.Licence, entry.LicenceKind) switch
    {
        ({ } name, { } kind) => $"{name} ({kind})",
        var (name, kind) => name ?? kind,
    };

    private static string Words(string moment) => moment switch
    {
        "at-once" => "at once",
        "at-expiry" => "at the next expiry",
        "at-failure" => "at the next failure",
        _ => moment,
    };
}
