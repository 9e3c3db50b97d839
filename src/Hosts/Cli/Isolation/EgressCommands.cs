using System.CommandLine;
using System.Diagnostics;
using Beffroi.Contracts.Isolation;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Isolation;

/// <summary><c>space egress</c>: to where a space's instances may open connections.</summary>
internal static class EgressCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var destination = new Argument<string>("destination") { Description = "An IPv4 address or network, e.g. 192.0.2.10 or 192.0.2.0/24", HelpName = "CIDR" };
        var ports = new Option<string>("--port") { Description = "A port, or a range such as 8000-8010", Required = true, HelpName = "PORT[-PORT]" };
        var protocol = new Option<string>("--protocol") { Description = "tcp or udp", DefaultValueFactory = _ => "tcp", HelpName = "tcp|udp" };
        protocol.AcceptOnlyFromAmong("tcp", "udp");
        return new Command("egress", "To where a space's instances may open connections; nowhere unless it is on this list")
        {
            options.Run(terminal, new Command("list", "Show the allow-list"), async (session, _, token) =>
            {
                Show(session, await session.Api.GetAsync(Paths.Egress(session.Space), ApiClient.Wire.Egress, token));
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("allow", "Open a destination") { destination, ports, protocol }, (session, result, token) =>
                ChangeAsync(session, rules => rules.Append(Entry(result.GetRequiredValue(destination), result.GetRequiredValue(ports), result.GetRequiredValue(protocol))), token)),
            options.Run(terminal, new Command("deny", "Take a destination off the list; open connections to it are cut") { destination, ports, protocol }, (session, result, token) =>
                ChangeAsync(session, rules => Without(rules, Entry(result.GetRequiredValue(destination), result.GetRequiredValue(ports), result.GetRequiredValue(protocol))), token)),
            options.Run(terminal, new Command("clear", "Close everything"), (session, _, token) => ChangeAsync(session, _ => [], token)),
        };
    }

    /// <summary>Waits until the packet filter has what was asked for; false when it took too long.</summary>
    public static async Task<bool> InForceAsync(Session session, Func<Task<bool>> isInForce, CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await isInForce())
        {
            if (Stopwatch.GetElapsedTime(began) > session.Timeout)
            {
                await session.Terminal.Error.WriteLineAsync("It is written down, but not in force yet; the platform goes on trying.");
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
        }

        return true;
    }

    private static async Task<int> ChangeAsync(Session session, Func<IReadOnlyList<EgressEntry>, IEnumerable<EgressEntry>> change, CancellationToken cancellationToken)
    {
        var (present, etag) = await session.Api.GetWithEtagAsync(Paths.Egress(session.Space), ApiClient.Wire.Egress, cancellationToken);
        var made = (await session.Api.ChangeAsync(
            HttpMethod.Put, Paths.Egress(session.Space), new Egress([.. change(present.Rules).Distinct()]), ApiClient.Wire.Egress, ApiClient.Wire.Egress,
            new Preconditions(IfMatch: etag), cancellationToken))!;
        var there = await InForceAsync(session, async () => (made = await session.Api.GetAsync(Paths.Egress(session.Space), ApiClient.Wire.Egress, cancellationToken)).InForce == true, cancellationToken);
        Show(session, made);
        return there ? ExitCode.Ok : ExitCode.TimedOut;
    }

    private static IEnumerable<EgressEntry> Without(IReadOnlyList<EgressEntry> rules, EgressEntry gone) => rules.Contains(gone)
        ? rules.Where(r => r != gone)
        : throw new CliException($"{gone.Destination} {gone.Protocol}/{gone.Ports} is not on the list: see `beffroi space egress list`.", ExitCode.NotFound);

    // One address may be written without its prefix.
    private static EgressEntry Entry(string destination, string ports, string protocol) =>
        new(destination.Contains('/', StringComparison.Ordinal) ? destination : destination + "/32", ports, protocol);

    private static void Show(Session session, Egress egress) => session.Results.Value(egress, wire => wire.Egress, writer =>
    {
        if (egress.Rules.Count == 0)
        {
            writer.WriteLine($"Nothing leaves {session.Space}.");
            return;
        }

        Columns.Write(writer, session.Terminal.Interactive, ["DESTINATION", "PROTOCOL", "PORTS"], egress.Rules.Select(r => new string?[] { r.Destination, r.Protocol, r.Ports }));
        if (egress.InForce == false)
        {
            writer.WriteLine("Not in force yet.");
        }
    });
}
