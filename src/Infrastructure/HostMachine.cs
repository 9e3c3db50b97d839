using System.Globalization;
using System.Reflection;

namespace Beffroi.Infrastructure;

/// <summary>What the kernel tells of this machine and of what this process may do on it.</summary>
internal static class HostMachine
{
    private const int CapabilitySysResource = 24;

    /// <summary>Bytes that could be used without swapping (proc_meminfo(5), MemAvailable).</summary>
    public static long AvailableMemory() =>
        long.Parse(Field("/proc/meminfo", "MemAvailable:").Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture) * 1024;

    /// <summary>What kind of machine it is.</summary>
    /// <param name="volumes">The directory that volumes lie in; or will, with the first.</param>
    /// <param name="incus">The daemon's version.</param>
    /// <param name="now">UTC.</param>
    public static HostFacts Facts(string volumes, string incus, DateTimeOffset now)
    {
        var disk = new DriveInfo(Existing(volumes));
        return new HostFacts(
            Environment.MachineName,
            now - TimeSpan.FromSeconds(Math.Floor(Number("/proc/uptime"))),
            Environment.ProcessorCount,
            Number("/proc/loadavg"),
            long.Parse(Field("/proc/meminfo", "MemTotal:").Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture) * 1024,
            disk.TotalSize,
            disk.AvailableFreeSpace,
            Field("/etc/os-release", "PRETTY_NAME=").Trim('"'),
            File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            incus,
            typeof(HostMachine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0");
    }

    /// <summary>Whether this process has CAP_SYS_RESOURCE (capabilities(7)): root of a host that is itself a container may lack it.</summary>
    public static bool HasResourceCapability() =>
        (ulong.Parse(Field("/proc/self/status", "CapEff:"), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> CapabilitySysResource & 1) == 1;

    // The first number in the file, which is the one of interest in both.
    private static double Number(string path) => double.Parse(File.ReadAllText(path).Split(' ')[0], CultureInfo.InvariantCulture);

    private static string Existing(string directory)
    {
        while (!Directory.Exists(directory))
        {
            directory = Path.GetDirectoryName(directory)!;
        }

        return directory;
    }

    private static string Field(string path, string name) =>
        File.ReadLines(path).First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Trim();
}
