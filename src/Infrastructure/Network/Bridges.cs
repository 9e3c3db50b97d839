using Beffroi.Infrastructure.Processes;

namespace Beffroi.Infrastructure.Network;

/// <summary>The kernel's view of bridges, for what Incus lost track of.</summary>
internal static class Bridges
{
    private const string Interfaces = "/sys/class/net/";

    /// <summary>Whether there is an interface of this name.</summary>
    public static bool Exists(string name) => Directory.Exists(Interfaces + name);

    /// <summary>
    /// Removes a bridge that nothing is attached to: left when Incus was interrupted between making it and recording it.
    /// Absence is success; an interface of another kind, or in use, stays.
    /// </summary>
    /// <exception cref="InfrastructureException">ip(8) refuses.</exception>
    public static async Task RemoveEmptyAsync(string name, CancellationToken cancellationToken)
    {
        var ports = Interfaces + name + "/brif";
        if (Directory.Exists(ports) && !Directory.EnumerateFileSystemEntries(ports).Any())
        {
            await SystemCommand.RunAsync("ip", ["link", "delete", "dev", name, "type", "bridge"], cancellationToken: cancellationToken);
        }
    }

    /// <summary>
    /// Keeps a bridge's gateway and its route there while incusd starts: it then takes away every address of global scope, and sets its own anew
    /// some 50 ms later. Whoever connects to an instance in between would be sent to the host's default gateway. With the address in the scope of
    /// the link too, beside the other, the kernel keeps both it and the route (ip-address(8), ip-route(8)). Idempotent.
    /// </summary>
    /// <exception cref="InfrastructureException">ip(8) refuses.</exception>
    public static async Task KeepReachableAsync(string name, string gateway, string subnet, CancellationToken cancellationToken)
    {
        await SystemCommand.RunAsync("ip", ["address", "replace", gateway + "/32", "dev", name, "scope", "link"], cancellationToken: cancellationToken);
        await SystemCommand.RunAsync("ip", ["route", "replace", subnet, "dev", name, "scope", "link", "src", gateway, "metric", "4096"], cancellationToken: cancellationToken);
    }

    /// <summary>The names of interfaces that start with <paramref name="prefix"/>.</summary>
    public static IReadOnlyList<string> WithPrefix(string prefix) =>
        [.. Directory.EnumerateFileSystemEntries(Interfaces, prefix + "*").Select(path => Path.GetFileName(path))];
}
