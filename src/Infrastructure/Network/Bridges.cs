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

    /// <summary>The names of interfaces that start with <paramref name="prefix"/>.</summary>
    public static IReadOnlyList<string> WithPrefix(string prefix) =>
        [.. Directory.EnumerateFileSystemEntries(Interfaces, prefix + "*").Select(path => Path.GetFileName(path))];
}
