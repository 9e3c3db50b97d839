using Beffroi.Testing;

namespace Beffroi.Infrastructure.Tests;

/// <summary>An image of one static busybox (Debian's busybox-static) that does nothing until it is told to stop.</summary>
internal static class TinyImage
{
    private const string Init = """
        #!/bin/sh
        trap 'exit 0' PWR TERM
        while :; do sleep 3600 & wait $!; done

        """;

    private static readonly string[] Applets = ["sh", "sleep", "ip", "nc", "arping", "cat", "ls", "id", "ping", "echo", "stat", "touch", "chmod", "timeout"];

    public static async Task<(string Metadata, string Rootfs)> BuildAsync(string directory, string note = "tiny")
    {
        var root = directory + "/root-" + note;
        foreach (var name in (string[])["bin", "sbin", "dev", "proc", "sys", "tmp", "run", "etc", "data", "root"])
        {
            Directory.CreateDirectory(root + "/" + name);
        }

        if (!File.Exists("/bin/busybox"))
        {
            throw new InvalidOperationException("busybox-static is not installed: ./beffroi test installs what the tests need.");
        }

        File.Copy("/bin/busybox", root + "/bin/busybox");
        foreach (var applet in Applets)
        {
            File.CreateSymbolicLink(root + "/bin/" + applet, "busybox");
        }

        await File.WriteAllTextAsync(root + "/sbin/init", Init);
        File.SetUnixFileMode(root + "/sbin/init", (UnixFileMode)Convert.ToInt32("755", 8));
        await File.WriteAllTextAsync(root + "/etc/passwd", "root:x:0:0::/:/bin/sh\n");
        await File.WriteAllTextAsync(root + "/etc/note", note);
        await File.WriteAllTextAsync(directory + "/metadata.yaml", "architecture: x86_64\ncreation_date: 1700000000\nproperties: {description: " + note + "}\n");
        var (metadata, rootfs) = (directory + "/" + note + "-metadata.tar", directory + "/" + note + "-rootfs.tar");
        await Commands.RunAsync("tar", ["-C", directory, "-cf", metadata, "metadata.yaml"]);
        await Commands.RunAsync("tar", ["-C", root, "-cf", rootfs, "."]);
        return (metadata, rootfs);
    }
}
