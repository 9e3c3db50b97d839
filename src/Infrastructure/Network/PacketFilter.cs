using System.Globalization;
using System.Text;
using Beffroi.Infrastructure.Processes;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Network;

/// <summary>
/// The nftables table of this installation: an instance reaches the agent channel on its own gateway and nothing else of
/// the host, no other space and no outside network; the host may open connections to instances; IPv6 goes nowhere.
/// Applied whole or not at all, and again whenever a network is ensured, in case somebody flushed the rules.
/// </summary>
internal sealed class PacketFilter(Installation installation, SpaceSubnet range, int agentPort)
{
    // BRIDGES is Installation.NetworkPrefix with a wildcard, PORT a number: nothing in it comes from a request. PAIRS is
    // each possible bridge with itself: where the kernel filters bridged packets too (br_netfilter), they pass here.
    // Before "filter" (0) so that another program's accept rules can't come first; a drop here is final.
    private const string Rules = """
        table inet TABLE
        delete table inet TABLE
        table inet TABLE {
          set same-space {
            type ifname . ifname
            elements = { PAIRS }
          }
          chain input {
            type filter hook input priority filter - 10; policy accept;
            iifname "BRIDGES" jump from-instances
          }
          chain from-instances {
            meta nfproto ipv6 drop
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
            iifname . oifname @same-space meta nfproto ipv4 accept
            meta nfproto ipv4 ct state established,related accept
            drop
          }
          chain output {
            type filter hook output priority filter - 10; policy accept;
            oifname "BRIDGES" meta nfproto ipv6 drop
          }
        }

        """;

    private const int MostSpaces = 16384;

    // Declared first, so that deleting it can't fail where it isn't there.
    private const string Removal = "table inet TABLE\ndelete table inet TABLE\n";

    /// <summary>Puts the rules in force.</summary>
    /// <exception cref="InfrastructureException">nft refuses.</exception>
    public async Task ApplyAsync(CancellationToken cancellationToken)
    {
        var rules = Rules
            .Replace("TABLE", installation.Name, StringComparison.Ordinal)
            .Replace("BRIDGES", installation.NetworkPrefix + "*", StringComparison.Ordinal)
            .Replace("PAIRS", string.Join(", ", Bridges().Select(name => $"\"{name}\" . \"{name}\"")), StringComparison.Ordinal)
            .Replace("PORT", agentPort.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        await SystemCommand.RunAsync("nft", ["-f", "-"], Encoding.ASCII.GetBytes(rules), cancellationToken);
    }

    /// <summary>Takes the table away; absence is success.</summary>
    /// <exception cref="InfrastructureException">nft refuses.</exception>
    public async Task RemoveAsync(CancellationToken cancellationToken) =>
        await SystemCommand.RunAsync("nft", ["-f", "-"], Encoding.ASCII.GetBytes(Removal.Replace("TABLE", installation.Name, StringComparison.Ordinal)), cancellationToken);

    private IEnumerable<string> Bridges() => Enumerable.Range(0, Math.Min(range.Capacity, MostSpaces)).Select(installation.NetworkName);
}
