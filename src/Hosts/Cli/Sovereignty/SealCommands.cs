using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Sovereignty;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Sovereignty;

/// <summary><c>sovereignty seal</c>: the levels of the European Union's Cloud Sovereignty Framework that the operator gives itself, beside what is known.</summary>
internal static class SealCommands
{
    private static readonly string[] Objectives = ["SOV-1", "SOV-2", "SOV-3", "SOV-4", "SOV-5", "SOV-6", "SOV-7", "SOV-8"];

    public static Command Create(GlobalOptions options, Terminal terminal) => new(
        "seal", "How sovereign the zone is, by the European Union's Cloud Sovereignty Framework: the level (SEAL-0 to SEAL-4) that the operator gives itself for each objective, what is known, and what contradicts it")
    {
        Show(options, terminal),
        State(options, terminal),
    };

    private static Command Show(GlobalOptions options, Terminal terminal)
    {
        var objective = new Argument<string?>("objective") { Description = "SOV-1 to SOV-8: this one with all that stands behind it [all, in short]", Arity = ArgumentArity.ZeroOrOne };
        objective.AcceptOnlyFromAmong(Objectives);
        return options.Run(terminal, new Command("show", "Show each objective's level with what contradicts it, or one with all that is known") { objective }, async (session, result, token) =>
        {
            var sheet = await session.Api.GetAsync(Path(session), ApiClient.Wire.SovereigntySheet, token);
            if (result.GetValue(objective) is { } id)
            {
                var one = sheet.Objectives.Single(o => o.Id == id);
                session.Results.Value(one, wire => wire.SovereigntyObjective, writer => Write(writer, one));
            }
            else
            {
                session.Results.Value(sheet, wire => wire.SovereigntySheet, writer => Write(writer, sheet, session.Terminal.Interactive));
            }

            return ExitCode.Ok;
        });
    }

    private static Command State(GlobalOptions options, Terminal terminal)
    {
        var objective = new Argument<string>("objective") { Description = "SOV-1 to SOV-8" };
        objective.AcceptOnlyFromAmong(Objectives);
        var level = new Option<int>("--level") { Description = "0 to 4: from SEAL-0 (no sovereignty) to SEAL-4 (full control from within the Union, no critical dependency outside it)", HelpName = "LEVEL", Required = true };
        var why = new Option<string>("--why") { Description = "Your reasons", HelpName = "TEXT", Required = true };
        var whyFr = new Option<string?>("--why-fr") { Description = "The same in French [as in --why]", HelpName = "TEXT" };
        var command = new Command("state", "State the level that you give yourself for an objective (with a context of the operator's). Every customer can read it, with what contradicts it") { objective, level, why, whyFr };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            if (!session.IsOperator)
            {
                throw new CliException("Only the operator's people state a level: use a context of theirs, e.g. --context admin.", ExitCode.Usage);
            }

            var wanted = new PutStatedLevel(result.GetRequiredValue(level), new LocalText(result.GetRequiredValue(why), result.GetValue(whyFr) ?? result.GetRequiredValue(why)));
            var made = await session.Api.ChangeAsync(
                HttpMethod.Put, $"{Path(session)}/{result.GetRequiredValue(objective)}", wanted, ApiClient.Wire.PutStatedLevel, ApiClient.Wire.SovereigntyObjective, Preconditions.None, token);
            session.Results.Value(made!, wire => wire.SovereigntyObjective, writer => Write(writer, made!));
            return ExitCode.Ok;
        });
    }

    private static string Path(Session session) => SovereigntyCommands.Base(session) + "/seal";

    private static void Write(TextWriter writer, SovereigntySheet sheet, bool styled)
    {
        Columns.Write(
            writer, styled, ["OBJECTIVE", "ABOUT", "WEIGHT", "STATED", "CONTRADICTED BY", "NOT DECLARED"],
            sheet.Objectives.Select(o => new string?[] { o.Id, o.Title.En, $"{o.Weight} %", Level(o), Rules(o.ContradictedBy), Rules(o.NotDeclared) }));
        writer.WriteLine();
        writer.WriteLine(Columns.Printable(sheet.Total is { } total
            ? string.Create(CultureInfo.InvariantCulture, $"Weighted mean {total.Mean:0.##} of 4; the lowest is SEAL-{total.Lowest}; contradicted: {total.Contradicted} of {sheet.Objectives.Count}.")
            : $"No total: the operator has not stated {string.Join(", ", sheet.NotStated)}."));
        writer.WriteLine("The levels are the operator's own word. `beffroi sovereignty seal show SOV-5` has the reasons and what is known.");
    }

    private static void Write(TextWriter writer, SovereigntyObjective one)
    {
        Columns.Pairs(
            writer, ("objective", $"{one.Id}, {one.Title.En}"), ("weight", $"{one.Weight} %"), ("stated", Level(one)), ("because", one.Stated?.Why.En),
            ("stated by", one.Stated is { } stated ? string.Create(CultureInfo.InvariantCulture, $"{stated.By}, {stated.At:u}") : null));
        Doubts("Contradicted by:", one.ContradictedBy);
        Doubts("Nobody declared what it rests on:", one.NotDeclared);
        writer.WriteLine();
        writer.WriteLine(one.Facts.Count > 0 ? "What is known:" : "Nothing is known of it but what the operator says.");
        foreach (var fact in one.Facts)
        {
            writer.WriteLine(Columns.Printable($"- {fact.Text.En} ({fact.Source}{(fact.ChangedAt is { } at ? string.Create(CultureInfo.InvariantCulture, $", {at.UtcDateTime:yyyy-MM-dd}") : "")})"));
        }

        void Doubts(string heading, IReadOnlyList<LevelDoubt> doubts)
        {
            if (doubts.Count > 0)
            {
                writer.WriteLine();
                writer.WriteLine(heading);
            }

            foreach (var doubt in doubts)
            {
                writer.WriteLine(Columns.Printable($"- {doubt.Rule}: {doubt.Found.En} {doubt.Text.En} ({doubt.Source.En})"));
            }
        }
    }

    private static string Level(SovereigntyObjective one) => one.Stated is { } stated ? string.Create(CultureInfo.InvariantCulture, $"SEAL-{stated.Level}") : "not stated";

    private static string? Rules(IReadOnlyList<LevelDoubt> doubts) => doubts.Count == 0 ? null : string.Join(", ", doubts.Select(d => d.Rule));
}
