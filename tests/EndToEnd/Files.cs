using Beffroi.Testing;

namespace Beffroi.EndToEnd.Tests;

/// <summary>Files and processes, as root on the host.</summary>
internal static class Files
{
    public static Task OwnAsync(string path, string user) => Commands.RunAsync("chown", [user, path]);

    /// <summary>Which of the files hold the text anywhere, as the bytes lie.</summary>
    public static async Task<IReadOnlyList<string>> HoldingAsync(string text, params IEnumerable<string> paths)
    {
        var found = new List<string>();
        foreach (var path in paths.Where(Path.Exists))
        {
            // Exit code 1: nothing found.
            try
            {
                found.AddRange((await Commands.RunAsync("grep", ["-rlaF", "--", text, path])).Split('\n', StringSplitOptions.RemoveEmptyEntries));
            }
            catch (InvalidOperationException e) when (e.Message.Contains("exited 1", StringComparison.Ordinal))
            {
            }
        }

        return found;
    }

    /// <summary>Kills every process whose command line begins so (SIGKILL); returns how many.</summary>
    public static int Kill(params string[] commandLine)
    {
        var killed = 0;
        foreach (var id in Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(n => int.TryParse(n, out _)))
        {
            try
            {
                var arguments = File.ReadAllText($"/proc/{id}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
                if (arguments.Length >= commandLine.Length && arguments.Take(commandLine.Length).SequenceEqual(commandLine))
                {
                    System.Diagnostics.Process.GetProcessById(int.Parse(id!, System.Globalization.CultureInfo.InvariantCulture)).Kill();
                    killed++;
                }
            }
            catch (Exception e) when (e is IOException or ArgumentException or InvalidOperationException)
            {
                // It ended meanwhile.
            }
        }

        return killed;
    }
}
