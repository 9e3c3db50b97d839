using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>Whether this machine can carry an installation.</summary>
internal static class Checks
{
    private static readonly ByteSize Disk = ByteSize.GiB(15);
    private static readonly ByteSize Memory = ByteSize.MiB(3500);

    public static async Task<string?> RunAsync(SetupContext context, CancellationToken cancellationToken)
    {
        var os = await OsReleaseAsync(cancellationToken);
        var version = os.GetValueOrDefault("VERSION_ID", "");
        if (os.GetValueOrDefault("ID") != "debian" || version is not ("12" or "13"))
        {
            throw new SetupException(
                $"This is {os.GetValueOrDefault("PRETTY_NAME", "an unknown system")}; Beffroi is made for Debian 12 and 13.",
                advice: "Use a Debian 12 or 13 machine.");
        }

        var sdk = await context.Processes.TryAsync("dotnet", ["--version"], new ProcessOptions(context.Sources), cancellationToken);
        if (!sdk.Ok)
        {
            throw new SetupException("The .NET 10 SDK was not found.", sdk.Output, "Install the .NET SDK 10.0 (https://dot.net) so that `dotnet --version` answers, then run this again.");
        }

        // Room for the build, the image and a first database; once installed, what is left is the operator's business.
        var free = new DriveInfo(Existing(context.Installation.State)).AvailableFreeSpace;
        if (free < Disk.Bytes && !Directory.Exists(context.Programs))
        {
            throw new SetupException($"{context.Installation.State} has {free >> 30} GiB free; {Disk} are needed.", advice: "Make room, or mount a larger disk there, then run this again.");
        }

        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (memory < Memory.Bytes)
        {
            throw new SetupException($"This machine has {memory >> 20} MiB of memory; 4 GiB are needed.", advice: "Use a machine with at least 4 GiB.");
        }

        return $"Debian {version}, .NET {sdk.Text.Trim()}, {free >> 30} GiB free";
    }

    private static string Existing(string path) => Directory.Exists(path) ? path : Existing(Path.GetDirectoryName(path)!);

    private static async Task<Dictionary<string, string>> OsReleaseAsync(CancellationToken cancellationToken) =>
        (await File.ReadAllLinesAsync("/etc/os-release", cancellationToken))
            .Select(line => line.Split('=', 2))
            .Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[0], parts => parts[1].Trim('"'));
}
