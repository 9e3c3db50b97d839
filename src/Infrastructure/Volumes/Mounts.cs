using System.Runtime.InteropServices;

namespace Beffroi.Infrastructure.Volumes;

/// <summary>What is mounted where, in this process's mount namespace.</summary>
internal static class Mounts
{
    /// <summary>Whether something is mounted exactly at <paramref name="path"/>.</summary>
    public static bool IsMounted(string path) => Paths().Contains(path);

    /// <summary>Every mount point (proc_pid_mountinfo(5), field 5; our own paths need none of its escapes).</summary>
    public static IReadOnlySet<string> Paths() =>
        File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ', 6)[4]).ToHashSet(StringComparer.Ordinal);

    /// <summary>What is mounted at <paramref name="path"/> (field 10 of the same, the second after the separator).</summary>
    /// <exception cref="InfrastructureException">Nothing is.</exception>
    public static string DeviceOf(string path) =>
        File.ReadLines("/proc/self/mountinfo").LastOrDefault(line => line.Split(' ', 6)[4] == path) is { } found
            ? found[found.IndexOf(" - ", StringComparison.Ordinal)..].Split(' ')[3]
            : throw new InfrastructureException($"Nothing is mounted at {path}.");

    /// <summary>Mounts an ext4 file system; set-user-id programs and device nodes in it mean nothing.</summary>
    /// <exception cref="InfrastructureException">The kernel refuses.</exception>
    public static void MountExt4(string device, string path)
    {
        if (LibC.Mount(device, path, "ext4", LibC.NoSuid | LibC.NoDevices | LibC.NoAccessTimes, null) != 0)
        {
            throw new InfrastructureException($"{path} can't be mounted: {LibC.LastError()}.");
        }
    }

    /// <summary>Unmounts; nothing mounted is success.</summary>
    /// <exception cref="InfrastructureException">It is in use.</exception>
    public static void Unmount(string path)
    {
        while (IsMounted(path))
        {
            if (LibC.Unmount(path, 0) != 0)
            {
                throw new InfrastructureException(Marshal.GetLastPInvokeError() == LibC.Busy
                    ? $"{path} is still in use: stop the instance that uses it first."
                    : $"{path} can't be unmounted: {LibC.LastError()}.");
            }
        }
    }
}
