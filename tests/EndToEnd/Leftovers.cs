using System.Text.Json;
using Beffroi.Kernel;
using Beffroi.Testing;

namespace Beffroi.EndToEnd.Tests;

/// <summary>Everything on the machine that bears an installation's name or lies in its places.</summary>
internal sealed record Leftovers(IReadOnlyList<string> All)
{
    public static async Task<Leftovers> FindAsync(Installation installation)
    {
        var found = new List<string>();
        found.AddRange(new[] { installation.Programs, installation.Configuration, installation.State, installation.Run, installation.Logs, "/usr/local/bin/" + installation.Name, "/root/.config/" + installation.Name, "/root/.local/state/" + installation.Name }
            .Where(Path.Exists).Select(p => "path " + p));
        found.AddRange((await File.ReadAllLinesAsync("/etc/passwd")).Where(l => l.StartsWith(installation.User + ":", StringComparison.Ordinal)).Select(l => "user " + l));
        found.AddRange((await File.ReadAllLinesAsync("/etc/group")).Where(l => l.StartsWith(installation.User + ":", StringComparison.Ordinal)).Select(l => "group " + l));
        found.AddRange((await File.ReadAllLinesAsync("/proc/mounts")).Where(l => Names(installation, l)).Select(l => "mount " + l));
        found.AddRange(Directory.GetDirectories("/sys/class/net").Select(d => Path.GetFileName(d)!)
            .Where(n => n.StartsWith(installation.NetworkPrefix, StringComparison.Ordinal)).Select(n => "network interface " + n));
        found.AddRange(LoopDevices(installation));
        found.AddRange(Processes(installation));
        found.AddRange((await Commands.RunAsync("nft", ["list", "tables"])).Split('\n').Where(l => Names(installation, l)).Select(l => "packet filter " + l));
        foreach (var kind in new[] { "instances?all-projects=true", "projects", "networks?all-projects=true", "storage-pools", "images?all-projects=true", "images/aliases", "profiles?all-projects=true" })
        {
            found.AddRange((await IncusAsync("/1.0/" + kind + (kind.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "recursion=1"))
                .Where(item => Names(installation, item)).Select(item => "Incus " + kind + " " + item));
        }

        return new Leftovers(found);
    }

    private static bool Names(Installation installation, string text) =>
        text.Contains(installation.Name, StringComparison.Ordinal) || text.Contains(installation.NetworkPrefix, StringComparison.Ordinal)
        || text.Contains(installation.Name.Replace('-', '_'), StringComparison.Ordinal);

    private static IEnumerable<string> LoopDevices(Installation installation)
    {
        foreach (var file in Directory.GetDirectories("/sys/block", "loop*").Select(d => d + "/loop/backing_file").Where(File.Exists))
        {
            var backing = File.ReadAllText(file).Trim();
            if (Names(installation, backing))
            {
                yield return "loop device " + file + " of " + backing;
            }
        }
    }

    private static IEnumerable<string> Processes(Installation installation)
    {
        foreach (var directory in Directory.GetDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)))
        {
            string command;
            try
            {
                command = File.ReadAllText(directory + "/cmdline").Replace('\0', ' ');
            }
            catch (IOException)
            {
                continue;
            }

            if (Names(installation, command) && !command.Contains("Beffroi.EndToEnd.Tests", StringComparison.Ordinal))
            {
                yield return "process " + Path.GetFileName(directory) + ": " + command;
            }
        }
    }

    // Nothing where Incus does not run: `up` had started it.
    private static async Task<IEnumerable<string>> IncusAsync(string path)
    {
        string answer;
        try
        {
            answer = await Commands.RunAsync("curl", ["--silent", "--fail", "--max-time", "20", "--unix-socket", "/var/lib/incus/unix.socket", "http://incus" + path]);
        }
        catch (InvalidOperationException)
        {
            return [];
        }

        using var json = JsonDocument.Parse(answer);
        var items = json.RootElement.GetProperty("metadata");
        // An empty collection may be null.
        return items.ValueKind == JsonValueKind.Null ? [] : [.. items.EnumerateArray().Select(e => e.GetRawText())];
    }
}
