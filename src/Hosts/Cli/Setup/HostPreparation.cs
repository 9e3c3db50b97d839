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
        var stamp = (await File.ReadAllTextAsync(output + "/inputs.sha256", cancellationToken)).Trim();
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

    /// <summary>Whether its program and configuration are there.</summary>
    public static bool IsPossible(SetupContext context) =>
        File.Exists(context.Programs + "/host/beffroi-host") && File.Exists(ConfigurationFiles.HostFile(context.Installation));

    /// <summary>Runs one of its verbs.</summary>
    public static Task<ProcessResult> HostAsync(SetupContext context, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        context.Processes.RunAsync(
            context.Programs + "/host/beffroi-host", ["--config", ConfigurationFiles.HostFile(context.Installation), .. arguments], cancellationToken);
}
