using System.Net;
using System.Net.Sockets;

namespace Beffroi.Infrastructure.Network;

/// <summary>What an allow-list may open. The same for beffroid, which tells customers, and for the host, which trusts nobody to have checked.</summary>
public static class EgressRules
{
    /// <summary>The most entries in a space's allow-list, and the most peered ports of a space.</summary>
    public const int MostEntries = 64;

    // This host, link-local with the metadata services of clouds, multicast, reserved and broadcast (RFC 6890).
    private static readonly string[] Always = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"];

    /// <summary>Where no allow-list reaches, in CIDR form: nowhere near the host, and other spaces by peering only.</summary>
    public static IEnumerable<string> Never(SpaceSubnet range) => Always.Append(range.Range.ToString());

    /// <summary>What is wrong with an entry, or null.</summary>
    public static string? Check(EgressRule rule) => CheckDestination(rule.Destination) ?? CheckService(rule.Protocol, rule.FirstPort, rule.LastPort);

    /// <summary>What is wrong with a destination, or null.</summary>
    public static string? CheckDestination(string destination) =>
        !IPNetwork.TryParse(destination, out var network) || network.BaseAddress.AddressFamily != AddressFamily.InterNetwork || network.ToString() != destination
            ? "The destination is an IPv4 network in CIDR form with no bits beyond its prefix, e.g. 192.0.2.10/32."
            : null;

    /// <summary>What is wrong with a protocol and its ports, or null.</summary>
    public static string? CheckService(string protocol, int firstPort, int lastPort) =>
        protocol is not ("tcp" or "udp") ? "The protocol is tcp or udp."
        : firstPort is < 1 or > 65535 || lastPort < firstPort || lastPort > 65535 ? "Ports are 1 to 65535, the first not after the last."
        : null;

    /// <summary>Whether something is in both: nft's sets don't take that, and one of the two says nothing then.</summary>
    public static bool Overlap(EgressRule a, EgressRule b) =>
        a.Protocol == b.Protocol && a.FirstPort <= b.LastPort && b.FirstPort <= a.LastPort
        && IPNetwork.Parse(a.Destination) is var first && IPNetwork.Parse(b.Destination) is var second
        && (first.Contains(second.BaseAddress) || second.Contains(first.BaseAddress));

    /// <summary>As <see cref="Overlap(EgressRule, EgressRule)"/>, of two peered services.</summary>
    public static bool Overlap(PeerRule a, PeerRule b) =>
        a.ToIndex == b.ToIndex && a.Protocol == b.Protocol && a.FirstPort <= b.LastPort && b.FirstPort <= a.LastPort;
}
