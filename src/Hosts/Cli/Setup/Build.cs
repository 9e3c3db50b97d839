using System.Security.Cryptography;
using System.Text;
using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>
/// Publishes the programs from the checkout into a directory named after the content of the sources, then moves the link
/// <c>current</c> to it: what runs is always one whole build.
/// </summary>
internal static class Build
{
    public const string Advice = "If packages can't be restored, check that NuGet is reachable from here; otherwise the compiler's message above says where. Then run this again.";

    private static readonly (string Project, string Directory, string Program)[] Parts =
    [
        ("src/Agent", "agent", "beffroi-agent"),
        ("src/Hosts/Host", "host", "beffroi-host"),
        ("src/Hosts/Server", "server", "beffroid"),
        ("src/Hosts/Cli", "cli", "beffroi"),
    ];

    public static async Task<string?> EnsureAsync(SetupContext context, CancellationToken cancellationToken)
    {
        var release = HashOf(context.Sources);
        var releases = context.Installation.Programs + "/releases";
        var target = releases + "/" + release;
        if (!Directory.Exists(target))
        {
            Directory.CreateDirectory(releases);
            // An interrupted run goes on with the parts that are still missing.
            var staging = releases + "/." + release;
            try
            {
                foreach (var (project, directory, program) in Parts.Where(p => !Directory.Exists(staging + "/" + p.Directory)))
                {
                    var part = staging + "/." + directory;
                    Directories.DeleteIfThere(part);
                    await PublishAsync(context, project, part, cancellationToken);
                    if (!File.Exists($"{part}/{program}"))
                    {
                        throw new SetupException($"Publishing {project} gave no {program}.");
                    }

                    Directory.Move(part, staging + "/" + directory);
                }
            }
            finally
            {
                // The compiler that served them all.
                await context.Processes.TryAsync(context.Sources + "/eng/locked", ["done"], new ProcessOptions(context.Sources, DotnetEnvironment), CancellationToken.None);
            }

            // Everyone may read and run the programs; there is nothing secret in them.
            await context.Processes.RunAsync("chmod", ["-R", "u=rwX,go=rX", staging], cancellationToken);
            Directory.Move(staging, target);
        }

        var before = new FileInfo(context.Programs).LinkTarget;
        if (before != target)
        {
            var next = context.Installation.Programs + "/current.new";
            File.Delete(next);
            File.CreateSymbolicLink(next, target);
            // rename(2) on the links themselves: File.Move would follow them.
            await context.Processes.RunAsync("mv", ["--no-target-directory", "--", next, context.Programs], cancellationToken);
        }

        foreach (var old in Directory.GetDirectories(releases).Where(d => d != target && d != before))
        {
            Directory.Delete(old, recursive: true);
        }

        await CommandLink.EnsureAsync(context, cancellationToken);
        return before == target ? "unchanged" : null;
    }

    /// <summary>Hash over name and content of all that goes into the programs.</summary>
    public static string HashOf(string sources)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var files = Directory.EnumerateFiles(sources + "/src", "*", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/bin/", StringComparison.Ordinal) && !f.Contains("/obj/", StringComparison.Ordinal))
            .Concat(Directory.EnumerateFiles(sources, "Directory.*.props"))
            .Concat([sources + "/eng/publish", sources + "/global.json"])
            .Order(StringComparer.Ordinal);
        foreach (var file in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetRelativePath(sources, file) + "\n"));
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static async Task PublishAsync(SetupContext context, string project, string output, CancellationToken cancellationToken)
    {
        var published = await context.Processes.TryAsync(
            context.Sources + "/eng/publish", [project, output], new ProcessOptions(context.Sources, DotnetEnvironment), cancellationToken);
        if (!published.Ok)
        {
            throw new SetupException($"Publishing {project} failed.", published.Tail);
        }
    }

    private static Dictionary<string, string?> DotnetEnvironment { get; } = new()
    {
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_NOLOGO"] = "1",
        ["MSBUILDDISABLENODEREUSE"] = "1",
    };
}
