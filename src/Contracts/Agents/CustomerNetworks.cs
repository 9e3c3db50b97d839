using System.Net;
using System.Net.Sockets;

namespace Beffroi.Contracts.Agents;

/// <summary>Networks from which customers connect to a database.</summary>
public static class CustomerNetworks
{
    /// <summary>The most of one database.</summary>
    public const int Most = 100;

    /// <summary>An IPv4 network (RFC 4632, without bits of a host), or an address as the network of it alone; null if it is neither.</summary>
    public static IPNetwork? Parse(string? text) =>
        text is { Length: > 0 and <= 18 }
        && IPNetwork.TryParse(text.Contains('/', StringComparison.Ordinal) ? text : text + "/32", out var network)
        && network.BaseAddress.AddressFamily == AddressFamily.InterNetwork
        && (network.ToString() == text || network.ToString() == text + "/32")
            ? network
            : null;

    /// <summary>Its mask, e.g. <c>255.255.255.0</c>.</summary>
    public static string MaskOf(IPNetwork network)
    {
        var bits = network.PrefixLength == 0 ? 0u : uint.MaxValue << (32 - network.PrefixLength);
        return new IPAddress([(byte)(bits >> 24), (byte)(bits >> 16), (byte)(bits >> 8), (byte)bits]).ToString();
    }
}
