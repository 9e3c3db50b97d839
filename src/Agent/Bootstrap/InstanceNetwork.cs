using System.Net;
using Beffroi.Agent.Files;

namespace Beffroi.Agent.Bootstrap;

/// <summary>
/// Gives the instance the address that the control plane allotted. There is no DHCP in a space: nothing on the host answers requests from it but the
/// agent channel, and nothing in it can claim to be the server.
/// </summary>
internal static class InstanceNetwork
{
    internal const string Interface = "eth0";

    /// <summary>Ensures address, link and default route; all may be there already.</summary>
    internal static async Task EnsureAsync(string address, string gateway, CancellationToken cancellationToken)
    {
        if (!IPNetwork.TryParse(address, out _) && !IPAddress.TryParse(address.Split('/')[0], out _))
        {
            throw new InvalidOperationException("The host gave an address that is none.");
        }

        await SystemCommand.RunAsync("/usr/sbin/ip", ["address", "replace", address, "dev", Interface], cancellationToken);
        await SystemCommand.RunAsync("/usr/sbin/ip", ["link", "set", Interface, "up"], cancellationToken);
        await SystemCommand.RunAsync("/usr/sbin/ip", ["link", "set", "lo", "up"], cancellationToken);
        await SystemCommand.RunAsync("/usr/sbin/ip", ["route", "replace", "default", "via", gateway], cancellationToken);
    }
}
