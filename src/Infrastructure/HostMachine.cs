using System.Globalization;

namespace Beffroi.Infrastructure;

/// <summary>What the kernel tells of this machine and of what this process may do on it.</summary>
internal static class HostMachine
{
    private const int CapabilitySysResource = 24;

    /// <summary>Bytes that could be used without swapping (proc_meminfo(5), MemAvailable).</summary>
    public static long AvailableMemory() =>
        long.Parse(Field("/proc/meminfo", "MemAvailable:").Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture) * 1024;

    /// <summary>Whether this process has CAP_SYS_RESOURCE (capabilities(7)): root of a host that is itself a container may lack it.</summary>
    public static bool HasResourceCapability() =>
        (ulong.Parse(Field("/proc/self/status", "CapEff:"), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> CapabilitySysResource & 1) == 1;

    private static string Field(string path, string name) =>
        File.ReadLines(path).First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Trim();
}
