using System.Runtime.InteropServices;
using static Beffroi.Contracts.Agents.ProbeFacts.Types;

namespace Beffroi.Agent.Probing;

/// <summary>What of the host might be within reach of an instance's root: sockets, devices, kernel interfaces, and the calls that only the host's root may make.</summary>
internal static partial class HostSurface
{
    private const int BlockDevice = 0x6000;
    private const int CharacterDevice = 0x2000;

    private static readonly string[] Sockets =
    [
        "/var/lib/incus/unix.socket", "/var/lib/lxd/unix.socket", "/run/incus/unix.socket", "/run/docker.sock", "/run/containerd/containerd.sock",
        "/run/beffroi/host.sock", "/var/lib/beffroi", "/etc/beffroi", "/dev/lxd/sock",
    ];

    private static readonly string[] Devices =
    [
        "/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/dev/sda", "/dev/vda", "/dev/nvme0n1", "/dev/loop-control", "/dev/loop0", "/dev/kvm", "/dev/vhost-net",
        "/dev/mapper/control", "/proc/kcore", "/proc/kmem",
    ];

    private static readonly string[] KernelFiles =
    [
        "/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/drop_caches", "/sys/kernel/uevent_helper", "/sys/fs/cgroup/release_agent",
        "/proc/sys/kernel/panic", "/sys/power/state",
    ];

    internal static Result Run()
    {
        var got = new List<string>();
        got.AddRange(Sockets.Where(p => File.Exists(p) || Directory.Exists(p)));
        got.AddRange(Devices.Where(p => Opens(p, FileAccess.Read)));
        got.AddRange(KernelFiles.Where(p => Opens(p, FileAccess.Write)));
        if (MakesNode("probe-disk", BlockDevice, 0x0800) || MakesNode("probe-memory", CharacterDevice, 0x0101))
        {
            got.Add("a device node of the host was made and opened");
        }

        // The host's own file systems by their types: an unprivileged root can mount neither (mount(2), CAP_SYS_ADMIN in the first user namespace).
        foreach (var type in (string[])["ext4", "btrfs", "debugfs", "tracefs"])
        {
            var at = Directory.CreateTempSubdirectory("probe-").FullName;
            if (Mount("/dev/loop0", at, type, 1, 0) == 0)
            {
                _ = Unmount(at, 0);
                got.Add("mounted " + type);
            }

            Directory.Delete(at);
        }

        // The only mounts below /data's kind of place are its own: a source on the host beside its own volume would show as another mount.
        got.AddRange(File.ReadLines("/proc/self/mountinfo").Select(l => l.Split(' ')[4]).Where(m => m.StartsWith("/var/lib/incus", StringComparison.Ordinal) || m.StartsWith("/mnt", StringComparison.Ordinal)));
        if (!File.ReadLines("/proc/self/uid_map").All(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var host, _] && host != "0"))
        {
            got.Add("its root is the host's root");
        }

        return SocketAttempts.Of(Sockets.Length + Devices.Length + KernelFiles.Length + 8, got);
    }

    private static bool Opens(string path, FileAccess access)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete);
            return access == FileAccess.Write || file.ReadByte() >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return false;
        }
    }

    private static bool MakesNode(string name, int type, long device)
    {
        var path = "/root/" + name;
        var made = MakeNode(path, type | 0x180, device) == 0 && Opens(path, FileAccess.Read);
        File.Delete(path);
        return made;
    }

    [LibraryImport("libc", EntryPoint = "mknod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeNode(string path, int mode, long device);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string type, ulong flags, nint data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);
}
