using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Contracts.Isolation;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Isolation;

/// <summary><c>space peer</c>: connections between two spaces of one organization that both agree to.</summary>
internal static class PeerCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var other = new Argument<string>("other") { Description = "The other space's name, in the same organization", HelpName = "SPACE" };
        var ports = new Option<string[]>("--port") { Description = "A port of the other space's instances, e.g. tcp/5432 or udp/5000-5010; may be repeated", Required = true, HelpName = "PROTOCOL/PORT" };
        var both = new Option<bool>("--both") { Description = "The same ports of this space for the other, too" };
        return new Command("peer", "Connections between two spaces; open only while both agree")
        {
            options.Run(terminal, new Command("list", "List the space's peerings and what it is asked for"), async (session, _, token) =>
            {
                Show(session, await ReadAsync(session, token));
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("request", "Ask for connections to the other space's ports") { other, ports, both }, (session, result, token) =>
                ChangeAsync(session, HttpMethod.Put, Paths.Peering(session.Space, result.GetRequiredValue(other)), new PutPeering(result.GetRequiredValue(ports), result.GetValue(both)), token)),
            options.Run(terminal, new Command("accept", "Agree to what the other space asks this one for") { other }, async (session, result, token) =>
            {
                var name = result.GetRequiredValue(other);
                var asked = (await ReadAsync(session, token)).Items.FirstOrDefault(p => p.From == name && p.To == session.Space.Space)
                    ?? throw new CliException($"{name} asks {session.Space} for nothing: see `beffroi space peer list`.", ExitCode.NotFound);
                return await ChangeAsync(session, HttpMethod.Put, Paths.Peering(session.Space, name) + "/acceptance", new PutPeering(asked.Ports, asked.Both), token);
            }),
            options.Run(terminal, new Command("remove", "End every peering with the other space, at once; open connections are cut") { other }, (session, result, token) =>
                ChangeAsync(session, HttpMethod.Delete, Paths.Peering(session.Space, result.GetRequiredValue(other)), null, token)),
        };
    }

    private static Task<Page<Peering>> ReadAsync(Session session, CancellationToken cancellationToken) =>
        session.Api.GetAsync(Paths.Peerings(session.Space), ApiClient.Wire.PagePeering, cancellationToken);

    private static async Task<int> ChangeAsync(Session session, HttpMethod method, string path, PutPeering? body, CancellationToken cancellationToken)
    {
        var page = (await session.Api.ChangeAsync(method, path, body, ApiClient.Wire.PutPeering, ApiClient.Wire.PagePeering, Preconditions.None, cancellationToken))!;
        var there = await EgressCommands.InForceAsync(
            session,
            async () => (page = await ReadAsync(session, cancellationToken)).Items.All(p => p.InForce)
                && (await session.Api.GetAsync(Paths.Egress(session.Space), ApiClient.Wire.Egress, cancellationToken)).InForce == true,
            cancellationToken);
        Show(session, page);
        return there ? ExitCode.Ok : ExitCode.TimedOut;
    }

    private static void Show(Session session, Page<Peering> page) => session.Results.List(
        page.Items, wire => wire.Peering, $"{session.Space} has no peerings.", ["FROM", "TO", "PORTS", "BOTH WAYS", "STATE", "IN FORCE", "SINCE"], p =>
            [p.From, p.To, string.Join(", ", p.Ports), p.Both ? "yes" : "no", p.State, p.InForce ? "yes" : "no", (p.AcceptedAt ?? p.RequestedAt).ToString("u", CultureInfo.InvariantCulture)]);
}
