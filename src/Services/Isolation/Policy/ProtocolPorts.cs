using System.Globalization;
using System.Text.RegularExpressions;
using Beffroi.Infrastructure;

namespace Beffroi.Services.Isolation.Policy;

/// <summary>Protocols and ports as they are written: <c>tcp/5432</c>, <c>udp/5000-5010</c>. Pure.</summary>
internal static partial class ProtocolPorts
{
    /// <summary>The form in words.</summary>
    public const string Form = "tcp/PORT or udp/PORT, a port being 1 to 65535 or a range such as 8000-8010";

    /// <summary>Reads one; null if it isn't one.</summary>
    public static (string Protocol, int First, int Last)? Parse(string? text) =>
        text is not null && Written().Match(text) is { Success: true } match && ParsePorts(match.Groups["ports"].Value) is { } ports
            ? (match.Groups["protocol"].Value, ports.First, ports.Last)
            : null;

    /// <summary>Reads a port or a range of ports; null if it is neither.</summary>
    public static (int First, int Last)? ParsePorts(string? text)
    {
        if (text is null || Ports().Match(text) is not { Success: true } match)
        {
            return null;
        }

        var first = int.Parse(match.Groups["first"].Value, CultureInfo.InvariantCulture);
        var last = match.Groups["last"].Success ? int.Parse(match.Groups["last"].Value, CultureInfo.InvariantCulture) : first;
        return first is >= 1 and <= 65535 && last >= first && last <= 65535 ? (first, last) : null;
    }

    /// <summary>Ports as they are written.</summary>
    public static string Text(int first, int last) =>
        first == last ? first.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{first}-{last}");

    /// <summary>The same ports without overlaps, as nft's sets want them.</summary>
    public static IReadOnlyList<PeerRule> Merge(IEnumerable<PeerRule> rules)
    {
        var merged = new List<PeerRule>();
        foreach (var rule in rules.OrderBy(r => r.ToIndex).ThenBy(r => r.Protocol, StringComparer.Ordinal).ThenBy(r => r.FirstPort))
        {
            if (merged.Count > 0 && merged[^1] is var last && last.ToIndex == rule.ToIndex && last.Protocol == rule.Protocol && rule.FirstPort <= last.LastPort + 1)
            {
                merged[^1] = last with { LastPort = Math.Max(last.LastPort, rule.LastPort) };
            }
            else
            {
                merged.Add(rule);
            }
        }

        return merged;
    }

    [GeneratedRegex(@"\A(?<protocol>tcp|udp)/(?<ports>[0-9-]{1,11})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Written();

    [GeneratedRegex(@"\A(?<first>[1-9][0-9]{0,4})(-(?<last>[1-9][0-9]{0,4}))?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Ports();
}
