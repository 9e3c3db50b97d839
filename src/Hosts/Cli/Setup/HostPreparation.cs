using System.Security.Cryptography;
using System.Text;
using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>What beffroi-host is asked to do beside serving: the storage pool and the images.</summary>
internal static class HostPreparation
{
    public const string PoolAdvice = "Incus says above what it minds. An existing pool can be used instead: ./beffroi up --pool NAME.";
    public const string ImageAdvice = "The image is made from Debian 13's packages by mmdebstrap: this machine's Debian mirror must be reachable. Then run this again.";

    public static async Task<string?> EnsurePoolAsync(SetupContext context, CancellationToken cancellationToken)
    {
        string[] arguments = context.Record.Pool is { } pool ? ["--pool", pool] : ["--pool-size", context.Record.PoolSize];
        await HostAsync(context, ["prepare", .. arguments], cancellationToken);
        return context.Record.Pool is { } name ? "pool " + name : null;
    }

    public static async Task<string?> EnsureImageAsync(SetupContext context, CancellationToken cancellationToken)
    {
        var cache = Environment.GetEnvironmentVariable("BEFFROI_IMAGE_CACHE") is { Length: > 0 } set ? set : "/var/cache/" + context.Installation.Name;
        var output = cache + "/postgres";
        Directory.CreateDirectory(output);
        await context.Processes.RunAsync(
            context.Sources + "/images/build",
            ["postgres", "--agent", context.Programs + "/agent/beffroi-agent", "--cache", cache, "--out", output],
            new ProcessOptions(context.Sources),
            cancellationToken);
        var stamp = await StampAsync(output, cancellationToken);
        if (context.Record.Image == stamp)
        {
            return "unchanged";
        }

        var result = await HostAsync(
            context,
            ["import-image", "--kind", "postgres", "--metadata", output + "/metadata.tar", "--rootfs", output + "/rootfs.tar"],
            cancellationToken);
        var fingerprint = result.Output.LastOrDefault(line => line.Length == 64 && line.All(char.IsAsciiHexDigitLower))
            ?? throw new SetupException("beffroi-host did not say which image it imported.", result.Output);
        File.Copy(output + "/sbom.cdx.json", $"{context.Installation.State}/images/{fingerprint}.cdx.json", overwrite: true);
        context.Record = context.Record with { Image = stamp };
        return "postgres " + fingerprint[..12];
    }

    /// <summary>Runs one of its verbs.</summary>
    public static Task<ProcessResult> HostAsync(SetupContext context, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        context.Processes.RunAsync(
            context.Programs + "/host/beffroi-host", ["--config", ConfigurationFiles.HostFile(context.Installation), .. arguments], cancellationToken);

    // The builder leaves its output alone when nothing changed: size and time tell, without reading a gigabyte.
    private static async Task<string> StampAsync(string output, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (var name in new[] { "metadata.tar", "rootfs.tar" })
        {
            var file = new FileInfo(output + "/" + name);
            text.Append(name).Append(' ').Append(file.Length).Append(' ').Append(file.LastWriteTimeUtc.Ticks).Append('\n');
        }

        var bill = await File.ReadAllBytesAsync(output + "/sbom.cdx.json", cancellationToken);
        return Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes(text.ToString()), .. bill]));
    }
}
