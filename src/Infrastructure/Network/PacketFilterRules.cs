using System.Globalization;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Network;

/// <summary>
/// The rules themselves: an instance reaches the agent channel on its own gateway, what its space's policy opens, and nothing else of the
/// host, of other spaces or outside; the host may open connections to instances; IPv6 goes nowhere. Pure.
/// </summary>
internal static class PacketFilterRules
{
    private const int MostSpaces = 16384;

    // BRIDGES is Installation.NetworkPrefix with a wildcard, the sets are bridge names, subnets and numbers that were checked: no text of a request
    // gets here. same-space is each possible bridge with itself: where the kernel filters bridged packets too (br_netfilter), they pass.
    // sources repeats at the third layer what the port filter of each instance ensures at the second: one of them may fail.
    // Before "filter" (0) so that another program's accept rules can't come first; a drop here is final.
    // An answer passes only while what it answers to is still allowed: what is closed is closed at once, for connections that are open too.
    private const string Rules = """
        table inet TABLE
        delete table inet TABLE
        table arp TABLE
        delete table arp TABLE
        table inet TABLE {
          set same-space { type ifname . ifname; elements = { PAIRS } }
          set sources { type ifname . ipv4_addr; flags interval; elements = { SOURCES } }
          set never { type ipv4_addr; flags interval; elements = { NEVER } }
          set egress { type ifname . ipv4_addr . inet_proto . inet_service; flags interval; EGRESS }
          set peering { type ifname . ifname . inet_proto . inet_service; flags interval; PEERING }
          chain input {
            type filter hook input priority filter - 10; policy accept;
            iifname "BRIDGES" jump from-instances
          }
          chain from-instances {
            meta nfproto ipv6 drop
            iifname . ip saddr != @sources drop
            ct state established,related accept
            ct state invalid drop
            fib daddr . iif type local tcp dport PORT accept
            drop
          }
          chain forward {
            type filter hook forward priority filter - 10; policy accept;
            iifname "BRIDGES" jump across
            oifname "BRIDGES" jump across
          }
          chain across {
            meta nfproto ipv6 drop
            iifname "BRIDGES" iifname . ip saddr != @sources drop
            iifname . oifname @same-space accept
            ct state invalid drop
            ct direction original iifname . oifname . meta l4proto . th dport @peering accept
            ct direction reply oifname . iifname . meta l4proto . th sport @peering accept
            iifname "BRIDGES" oifname != "BRIDGES" ip daddr != @never ct direction original iifname . ip daddr . meta l4proto . th dport @egress accept
            iifname != "BRIDGES" oifname "BRIDGES" ct direction reply oifname . ip saddr . meta l4proto . th sport @egress accept
            iifname != "BRIDGES" oifname "BRIDGES" ct state related icmp type { destination-unreachable, time-exceeded } accept
            drop
          }
          chain output {
            type filter hook output priority filter - 10; policy accept;
            oifname "BRIDGES" meta nfproto ipv6 drop
          }
          chain outside {
            type nat hook postrouting priority srcnat; policy accept;
            ip saddr RANGE oifname != "BRIDGES" oifname != "lo" masquerade
          }
        }
        table arp TABLE {
          set gateways { type ifname . ipv4_addr; elements = { GATEWAYS } }
          chain input {
            type filter hook input priority filter; policy accept;
            iifname "BRIDGES" arp operation request iifname . arp daddr ip != @gateways drop
          }
        }

        """;

    // Declared first, so that deleting can't fail where there is none.
    private const string Gone = "table inet TABLE\ndelete table inet TABLE\ntable arp TABLE\ndelete table arp TABLE\n";

    /// <summary>What nft reads to put all in force.</summary>
    public static string Render(Installation installation, SpaceSubnet range, int agentPort, IReadOnlyCollection<SpacePolicy> policies)
    {
        var spaces = Enumerable.Range(0, Math.Min(range.Capacity, MostSpaces)).ToList();
        string Bridge(int index) => "\"" + installation.NetworkName(index) + "\"";
        return Rules
            .Replace("TABLE", installation.Name, StringComparison.Ordinal)
            .Replace("BRIDGES", installation.NetworkPrefix + "*", StringComparison.Ordinal)
            .Replace("PAIRS", string.Join(", ", spaces.Select(i => $"{Bridge(i)} . {Bridge(i)}")), StringComparison.Ordinal)
            .Replace("SOURCES", string.Join(", ", spaces.Select(i => $"{Bridge(i)} . {range.Subnet(i)}")), StringComparison.Ordinal)
            .Replace("GATEWAYS", string.Join(", ", spaces.Select(i => $"{Bridge(i)} . {range.Gateway(i)}")), StringComparison.Ordinal)
            .Replace("NEVER", string.Join(", ", EgressRules.Never(range).Order(StringComparer.Ordinal)), StringComparison.Ordinal)
            .Replace("RANGE", range.Range.ToString(), StringComparison.Ordinal)
            .Replace("EGRESS", Elements(policies.SelectMany(p => p.Egress.Select(e => $"{Bridge(p.Index)} . {e.Destination} . {Service(e.Protocol, e.FirstPort, e.LastPort)}"))), StringComparison.Ordinal)
            .Replace("PEERING", Elements(policies.SelectMany(p => p.Peers.Select(e => $"{Bridge(p.Index)} . {Bridge(e.ToIndex)} . {Service(e.Protocol, e.FirstPort, e.LastPort)}"))), StringComparison.Ordinal)
            .Replace("PORT", agentPort.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    /// <summary>What nft reads to take all away.</summary>
    public static string Removal(Installation installation) => Gone.Replace("TABLE", installation.Name, StringComparison.Ordinal);

    private static string Service(string protocol, int first, int last) =>
        string.Create(CultureInfo.InvariantCulture, $"{protocol} . {first}{(last == first ? "" : "-" + last.ToString(CultureInfo.InvariantCulture))}");

    // nft wants no empty list.
    private static string Elements(IEnumerable<string> elements) =>
        string.Join(", ", elements.Distinct()) is { Length: > 0 } list ? "elements = { " + list + " }" : "";
}
