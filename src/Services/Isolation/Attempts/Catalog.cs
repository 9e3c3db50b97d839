using System.Net;
using Beffroi.Infrastructure;
using Google.Protobuf;
using static Beffroi.Contracts.Agents.ProbeConfiguration.Types;

namespace Beffroi.Services.Isolation.Attempts;

/// <summary>One attempt of the plan.</summary>
/// <param name="Name">Stable.</param>
/// <param name="Role">Which probe tries.</param>
/// <param name="What">A sentence for a person.</param>
/// <param name="Attempt">What the probe is told.</param>
/// <param name="Control">The number of the attempt that has to succeed if this one's failure shall mean anything; null for none.</param>
/// <param name="Receivers">The probes at which an arrival is a success.</param>
/// <param name="IsControl">Made to show that the means work; not listed by itself.</param>
internal sealed record Planned(string Name, string Role, string What, Attempt Attempt, int? Control, IReadOnlyList<string> Receivers, bool IsControl = false);

/// <summary>
/// Every attack that is tried, from inside the space under test on another organization's and the reverse, each with the same thing done where it
/// must work. Pure: the same plan gives the same numbers.
/// </summary>
internal sealed class Catalog
{
    /// <summary>What every probe listens on; the first is nobody's usual port.</summary>
    public static readonly IReadOnlyList<int> TcpListeners = [Port, 5432];

    /// <summary>As <see cref="TcpListeners"/>.</summary>
    public static readonly IReadOnlyList<int> UdpListeners = [Port];

    private const int Port = 41000;
    private const int RawPort = 41001;
    private static readonly int[] TargetPorts = [22, 53, 80, 443, 2379, 2380, 5432, 6432, 7443, 8008, 8443, Port];
    private static readonly string[] Metadata = ["169.254.169.254", "169.254.170.2", "100.100.100.200"];
    private readonly Plan _plan;
    private readonly SpaceSubnet _subnet;
    private readonly Dictionary<string, ProbeNote> _probes;
    private readonly IReadOnlyDictionary<string, string> _usedTokens;
    private readonly List<Planned> _planned = [];
    private int _number;

    private Catalog(Plan plan, IReadOnlyList<ProbeNote> probes, SpaceSubnet subnet, IReadOnlyDictionary<string, string> usedTokens) =>
        (_plan, _subnet, _probes, _usedTokens) = (plan, subnet, probes.ToDictionary(p => p.Role), usedTokens);

    /// <summary>All attempts, in the order of their numbers.</summary>
    /// <param name="plan">On what.</param>
    /// <param name="probes">By whom.</param>
    /// <param name="subnet">Of the zone.</param>
    /// <param name="usedTokens">The one-time tokens of the probes, by role: all used up.</param>
    public static IReadOnlyList<Planned> Of(Plan plan, IReadOnlyList<ProbeNote> probes, SpaceSubnet subnet, IReadOnlyDictionary<string, string> usedTokens)
    {
        var catalog = new Catalog(plan, probes, subnet, usedTokens);
        foreach (var role in (string[])[Role.Inside, Role.Outside])
        {
            catalog.AcrossSpaces(role);
            catalog.FalseNames(role);
            catalog.OnTheLink(role);
            catalog.Host(role);
            catalog.Identity(role);
        }

        catalog.Siblings();
        return catalog._planned;
    }

    private string Address(string role) => _subnet.Instance(_probes[role].SpaceIndex, _probes[role].HostNumber).ToString();

    private string Gateway(string role) => _subnet.Gateway(_probes[role].SpaceIndex).ToString();

    // Of the space's own range and nobody's: claiming it harms nobody, whatever comes of it.
    private string Unused(string role) => Enumerable.Range(0, 253).Select(i => _subnet.Instance(_probes[role].SpaceIndex, 254 - i).ToString())
        .First(a => !_plan.InUse.Contains(a) && _probes.Keys.All(r => Address(r) != a));

    // Whatever is in use on the other side, its probes too.
    private IReadOnlyList<string> Targets(string role) =>
        role == Role.Outside ? _plan.InUse : [Address(Role.Outside), Address(Role.OutsideNeighbour)];

    private void AcrossSpaces(string role)
    {
        var (target, neighbour) = (Role.Target(role), Role.Neighbour(Role.Target(role)));
        var tcp = Control("tcp", neighbour, new Attempt { Kind = Kind.Tcp, Addresses = { Address(target) }, Ports = { Port } });
        Add("tcp", role, $"TCP to {Targets(role).Count} addresses of the other space, {TargetPorts.Length} ports each", Sweep(Kind.Tcp, Targets(role), TargetPorts), tcp);
        var udp = Control("udp", neighbour, new Attempt { Kind = Kind.Udp, Addresses = { Address(target) }, Ports = { Port } });
        Add("udp", role, "UDP to every address of the other space", Sweep(Kind.Udp, Targets(role), [53, Port]), udp, target, neighbour);
        var icmp = Control("icmp", neighbour, new Attempt { Kind = Kind.IcmpEcho, Addresses = { Address(target) } });
        Add("icmp", role, "ICMP echo to every address of the other space", Sweep(Kind.IcmpEcho, Targets(role), []), icmp, target, neighbour);
        var arp = Control("arp", role, new Attempt { Kind = Kind.Arp, Addresses = { Address(Role.Neighbour(role)) } });
        Add("arp", role, "ARP for every address of the other space, its gateway and the host", Sweep(Kind.Arp, [.. Targets(role), Gateway(target), .. _plan.HostAddresses], []), arp);
        Add("gateway", role, "TCP to the other space's gateway, the agent channel too", Sweep(Kind.Tcp, [Gateway(target)], _plan.HostPorts), AgentChannel(role));
        var raw = Control("raw", neighbour, Raw(target, Address(neighbour)));
        Add("spoofed-source", role, "A datagram into the other space, under the address of an instance of it", Raw(target, Address(neighbour)), raw, target, neighbour);
        Add("spoofed-gateway", role, "A datagram into the other space, as from its gateway", Raw(target, Gateway(target)), raw, target, neighbour);
    }

    private void FalseNames(string role)
    {
        var neighbour = Role.Neighbour(role);
        var raw = Control("raw-own", role, Raw(neighbour, Address(role)));
        Add("spoofed-ip", role, "A datagram to its neighbour under an address that isn't its own", Raw(neighbour, Unused(role)), raw, neighbour);
        var mac = Raw(neighbour, Address(role));
        mac.SourceMac = ByteString.CopyFrom(0x02, 0x62, 0x66, 0x72, 0x00, 0x01);
        Add("spoofed-mac", role, "A datagram to its neighbour under a MAC that isn't its own", mac, raw, neighbour);
        Add("arp-claim", role, "An ARP reply that claims an address that isn't its own", new Attempt { Kind = Kind.ArpClaim, SourceAddress = Unused(role) }, raw, neighbour);
    }

    private void OnTheLink(string role)
    {
        string[] everyone = [.. Role.All.Where(r => r != role)];
        Add("ipv6", role, "IPv6 to all nodes, from a link-local address", new Attempt { Kind = Kind.Ipv6Echo }, null, everyone);
        Add("router-advertisement", role, "An IPv6 router advertisement", new Attempt { Kind = Kind.RouterAdvertisement }, null, everyone);
    }

    private void Host(string role)
    {
        var channel = AgentChannel(role);
        var ports = _plan.HostPorts.Where(p => p != _plan.AgentPort).ToList();
        Add("host-gateway", role, "TCP to the services of the host, on the space's own gateway: SSH, DNS, Incus, the API, the store", Sweep(Kind.Tcp, [Gateway(role)], ports), channel);
        Add("host", role, "TCP to the services of the host, on its other addresses", Sweep(Kind.Tcp, _plan.HostAddresses, _plan.HostPorts), channel);
        Add("dns", role, "UDP to name servers: the gateway, the host", Sweep(Kind.Udp, [Gateway(role), .. _plan.HostAddresses], [53, 67, 123]), null);
        Add("metadata", role, "The metadata addresses of clouds", Sweep(Kind.Tcp, Metadata, [80]), null);
        if (_plan.Witness is { } witness && _plan.WitnessPorts.Count > 0)
        {
            Add("egress", role, $"Out of the zone: {witness}, which answers the host", Sweep(Kind.Tcp, [witness], _plan.WitnessPorts), channel);
        }

        Add("guest-api", role, "Incus' guest API: other instances, projects, images and devices", new Attempt { Kind = Kind.GuestApi }, null);
        Add("host-surface", role, "The host's sockets, devices, mounts and kernel files", new Attempt { Kind = Kind.HostSurface }, null);
    }

    private void Identity(string role)
    {
        var target = _probes[Role.Target(role)].InstanceId.ToString("D");
        var channel = AgentChannel(role);
        Add("used-token", role, "Enrolment with its own token a second time", new Attempt { Kind = Kind.UsedToken }, channel);
        Add("stolen-token", role, "Enrolment as an instance of the other space, with its token", new Attempt { Kind = Kind.Enrol, InstanceId = target, Token = _usedTokens[Role.Target(role)] }, channel);
        Add("other-name", role, "Enrolment as an instance of the other space, with a token of its own", new Attempt { Kind = Kind.Enrol, InstanceId = target, Token = _usedTokens[role] }, channel);
        Add("self-signed", role, "The agent channel with a self-signed certificate in the name of an instance of the other space", new Attempt { Kind = Kind.SelfSigned, InstanceId = target }, channel);
        Add("no-certificate", role, "The agent channel without a certificate", new Attempt { Kind = Kind.NoCertificate }, channel);
    }

    private void Siblings()
    {
        foreach (var sibling in _plan.Siblings.Where(s => s.Addresses.Count > 0))
        {
            var ports = TargetPorts.Where(p => !sibling.OpenTcp.Any(o => o.First <= p && p <= o.Last)).ToList();
            Add("sibling-" + sibling.Name, Role.Inside, $"TCP to the organization's space {sibling.Name}, but for what a peering opens", Sweep(Kind.Tcp, sibling.Addresses, ports), null);
        }
    }

    private int AgentChannel(string role) => _planned.FirstOrDefault(p => p.IsControl && p.Role == role && p.Name == "agent-channel") is { } there
        ? (int)there.Attempt.Number
        : Control("agent-channel", role, Sweep(Kind.Tcp, [Gateway(role)], [_plan.AgentPort]));

    private Attempt Raw(string to, string source) => new() { Kind = Kind.RawUdp, Addresses = { Address(to) }, Ports = { RawPort }, SourceAddress = source };

    private static Attempt Sweep(Kind kind, IEnumerable<string> addresses, IEnumerable<int> ports) =>
        new() { Kind = kind, Addresses = { addresses.Where(a => IPAddress.TryParse(a, out _)).Distinct() }, Ports = { ports.Select(p => (uint)p).Distinct() } };

    // Where an arrival is what counts, it is the one that it is sent to.
    private int Control(string name, string role, Attempt attempt)
    {
        var receivers = attempt.Kind == Kind.RawUdp ? Role.All.Where(r => attempt.Addresses.Contains(Address(r))) : [];
        attempt.Number = (uint)++_number;
        _planned.Add(new Planned(name, role, "", attempt, null, [.. receivers], IsControl: true));
        return _number;
    }

    private void Add(string name, string role, string what, Attempt attempt, int? control, params IReadOnlyList<string> receivers)
    {
        attempt.Number = (uint)++_number;
        _planned.Add(new Planned(name, role, what, attempt, control, receivers));
    }
}
