using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Contracts.Policy;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Policy;

/// <summary><c>operator zone</c>: what a zone is and holds, as its operator declares it.</summary>
internal static class ZoneCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The zone's name, e.g. local" };
        var file = new Argument<string>("file") { Description = "All of the declaration, as JSON (see the operator's guide; `show -o json` has the present one)", HelpName = "FILE" };
        return new Command("zone", "What is declared of zones: every customer can read it, and rules are applied to it")
        {
            CapacityCommands.List(options, terminal),
            CapacityCommands.Capacity(options, terminal),
            CapacityCommands.Images(options, terminal),
            Show(options, terminal, "show", "Show what is declared of a zone"),
            options.Run(terminal, new Command("set", "Declare what a zone is and holds, all of it; every space in it is evaluated anew") { name, file }, async (session, result, token) =>
            {
                if (!session.IsOperator)
                {
                    throw new CliException("Only the operator's people declare zones: use a context of theirs, e.g. --context admin.", ExitCode.Usage);
                }

                var wanted = await JsonFile.ReadAsync(result.GetRequiredValue(file), WireJson.Default.ZoneDeclaration, "a zone's declaration", token);
                Show(session, (await session.Api.ChangeAsync(
                    HttpMethod.Put, Path(session, result.GetRequiredValue(name)), wanted, ApiClient.Wire.ZoneDeclaration, ApiClient.Wire.Zone, Preconditions.None, token))!);
                return ExitCode.Ok;
            }),
        };
    }

    public static Command Show(GlobalOptions options, Terminal terminal, string verb, string description)
    {
        var name = new Argument<string>("name") { Description = "The zone's name", DefaultValueFactory = _ => "local" };
        return options.Run(terminal, new Command(verb, description) { name }, async (session, result, token) =>
        {
            Show(session, await session.Api.GetAsync(Path(session, result.GetRequiredValue(name)), ApiClient.Wire.Zone, token));
            return ExitCode.Ok;
        });
    }

    private static string Path(Session session, string zone) => session.Root + "/v1/zones/" + Uri.EscapeDataString(zone);

    private static void Show(Session session, Zone zone) => session.Results.Value(zone, wire => wire.Zone, writer =>
    {
        var declared = zone.Declaration;
        Columns.Pairs(
            writer,
            [
                ("Zone", zone.Name), ("Declared", zone.ChangedAt is { } at ? at.ToString("u", CultureInfo.InvariantCulture) : "never: nothing is known of it"), ("Country", declared.Country), ("Operator", declared.Operator),
                ("Commercial", declared.Commercial ?? true ? "yes" : "no"), ("Isolation", declared.Isolation), ("Sites", Joined(declared.Sites, s => $"{s.Name} ({s.Country})")),
                .. (declared.Owners ?? []).Select(o => ((string, string?))("Owner", string.Create(
                    CultureInfo.InvariantCulture, $"{o.Name}{(o.OutsideEu ? ", outside the EU" : "")}: {o.Capital} % of the capital, {o.Votes} % of the votes{(o.Through is { } through ? " of " + through : "")}{(o.Controls ? ", with a veto or most of a governing body" : "")}"))),
                ("Outside the EU or undeclared", string.Create(CultureInfo.InvariantCulture, $"{zone.NonEuCapital:0.####} % of the capital, {zone.NonEuVotes:0.####} % of the votes")),
                .. (declared.Qualifications ?? []).Select(q => ((string, string?))("Holds", string.Create(
                    CultureInfo.InvariantCulture, $"{q.Kind}{(Joined(q.Activities, a => a.ToString(CultureInfo.InvariantCulture)) is { } a ? ", activities " + a : "")}: attested by {q.By} from {q.From:yyyy-MM-dd} until {q.Until:yyyy-MM-dd}, {q.Reference}"))),
                .. (declared.ForeignLaws ?? []).Select(l => ((string, string?))("Exposed to", string.Create(
                    CultureInfo.InvariantCulture, $"{l.Law} ({l.Country}), through {l.Entry}, as of {l.On:yyyy-MM-dd}: {l.Mitigation.En}"))),
            ]);
    });

    private static string? Joined<T>(IReadOnlyList<T>? items, Func<T, string> say) => items is { Count: > 0 } ? string.Join(", ", items.Select(say)) : null;
}
