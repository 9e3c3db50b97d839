using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Services.Isolation.Policy;
using Npgsql;

namespace Beffroi.Services.Isolation.Reconcile;

/// <summary>Finds out what there is to be tried on.</summary>
internal sealed class Planning(NpgsqlDataSource store, SpaceSubnet subnet, IsolationOptions options, AgentChannelAddress channel)
{
    private const int MostHostAddresses = 16;

    // With the rest no more than a probe takes (64 attempts) and a note of evidence holds.
    private const int MostSiblings = 30;
    private static readonly int[] ServicePorts = [22, 53, 80, 111, 443, 2379, 2380, 5432, 6432, 6443, 8008, 8443, 10250];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>The plan of one verification, as things are now.</summary>
    internal async Task<Plan> PlanAsync(VerificationContext context, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        var space = context.Row.Space;
        var used = await VerificationStore.AddressesAsync(connection, space.OrganizationId, cancellationToken);
        var (witness, ports) = await WitnessAsync(cancellationToken);
        var egress = await PolicyStore.EgressAsync(connection, space.Id, cancellationToken);
        var peerings = (await PolicyStore.PeeringsAsync(connection, space.Id, cancellationToken)).Where(p => p.AcceptedAt is not null).ToList();
        var open = peerings.SelectMany(p => p.RulesOf(space.Id)).ToList();
        return new Plan(
            [.. used.Where(u => u.SpaceId == space.Id).Select(u => subnet.Instance(space.NetworkIndex, u.HostNumber).ToString())],
            [.. HostAddresses().Take(MostHostAddresses)],
            [.. ServicePorts.Concat(options.ApiPorts).Append(channel.Port).Distinct().Order()],
            channel.Port,
            [.. used.Where(u => u.SpaceId != space.Id).GroupBy(u => u.SpaceName).Take(MostSiblings)
                .Select(g => new Sibling(
                    g.Key,
                    [.. g.Select(u => subnet.Instance(u.NetworkIndex, u.HostNumber).ToString())],
                    [.. open.Where(o => o.Protocol == "tcp" && o.ToIndex == g.First().NetworkIndex).Select(o => new PortRange(o.FirstPort, o.LastPort))]))],
            witness,
            [.. ports.Where(port => !egress.Any(e => e.Protocol == "tcp" && e.FirstPort <= port && port <= e.LastPort && IPNetwork.Parse(e.Destination).Contains(IPAddress.Parse(witness!))))],
            [
                .. egress.Select(e => $"out to {e.Destination} {e.Protocol}/{ProtocolPorts.Text(e.FirstPort, e.LastPort)}"),
                .. peerings.Select(p => $"{p.FromName} {(p.BothWays ? "and" : "to")} {p.ToName}: {string.Join(", ", p.Ports)}"),
            ]);
    }

    private IEnumerable<string> HostAddresses() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(n => n.NetworkInterfaceType != NetworkInterfaceType.Loopback && n.OperationalStatus == OperationalStatus.Up)
        .SelectMany(n => n.GetIPProperties().UnicastAddresses)
        .Select(u => u.Address)
        .Where(a => a.AddressFamily == AddressFamily.InterNetwork && !subnet.Range.Contains(a))
        .Select(a => a.ToString())
        .Distinct();

    // The host's own router: outside the zone, and near enough that nobody's packets go anywhere if it is reached after all.
    private static async Task<(string? Address, IReadOnlyList<int> Ports)> WitnessAsync(CancellationToken cancellationToken)
    {
        var router = File.ReadLines("/proc/net/route").Skip(1).Select(l => l.Split('\t'))
            .Where(f => f.Length > 3 && f[1] == "00000000")
            .Select(f => new IPAddress(uint.Parse(f[2], NumberStyles.HexNumber, CultureInfo.InvariantCulture))).FirstOrDefault();
        if (router is null || router.Equals(IPAddress.Any))
        {
            return (null, []);
        }

        var answering = new List<int>();
        foreach (var port in (int[])[22, 53, 80, 443])
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(Patience);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(router, port, patience.Token);
                answering.Add(port);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
            {
                answering.Add(port);
            }
            catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                // No witness on this port.
            }
        }

        return (answering.Count > 0 ? router.ToString() : null, answering);
    }
}
