using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>Debian packages, through the script that the tests use too (eng/packages).</summary>
internal static class Packages
{
    public const string Advice = "Look at what apt says above; `apt-get update` must work on this machine. Then run this again.";

    public static async Task<string?> EnsureAsync(SetupContext context, CancellationToken cancellationToken)
    {
        var script = context.Sources + "/eng/packages";
        var result = await context.Processes.RunAsync(script, ["install", "up"], cancellationToken);
        var installed = Marked(result, "installed: ");
        var created = Marked(result, "created: ");
        if (installed.Count + created.Count > 0)
        {
            context.Record = context.Record with
            {
                Packages = [.. context.Record.Packages.Union(installed).Order(StringComparer.Ordinal)],
                Files = [.. context.Record.Files.Union(created).Order(StringComparer.Ordinal)],
            };
        }

        return installed.Count == 0 ? null : $"{installed.Count} installed";
    }

    private static List<string> Marked(ProcessResult result, string mark) =>
        [.. result.Output.Where(line => line.StartsWith(mark, StringComparison.Ordinal)).Select(line => line[mark.Length..])];
}
