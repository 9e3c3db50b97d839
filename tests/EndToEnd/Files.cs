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
            found.AddRange(await HoldingAsync(text, path, attempts: 20));
        }

        return found;
    }

    private static async Task<string[]> HoldingAsync(string text, string path, int attempts)
    {
        // A spare or a node that was being deleted is gone now, and holds nothing.
        if (!Path.Exists(path))
        {
            return [];
        }

        try
        {
            return (await Commands.RunAsync("grep", ["-rlaFz", "--", text, path])).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (InvalidOperationException e) when (e.Message.Contains("exited 1", StringComparison.Ordinal))
        {
            return [];
        }
        catch (InvalidOperationException e) when (attempts > 1 && e.Message.Contains("No such file or directory", StringComparison.Ordinal))
        {
            // A database at work renames its files while they are looked through, and a search is of all of them or none.
            return await HoldingAsync(text, path, attempts - 1);
        }
        catch (InvalidOperationException e) when (attempts > 1 && e.Message.Contains("Required key not available", StringComparison.Ordinal))
        {
            // A node that is being deleted or replaced was locked meanwhile; its volume is gone in a moment.
            await Task.Delay(1000);
            return await HoldingAsync(text, path, attempts - 1);
        }
    }

    /// <summary>How many processes have a command line that begins so.</summary>
    public static int Count(params string[] commandLine) => Find("", commandLine).Count;

    /// <summary>Kills every process whose command line begins so (SIGKILL); returns how many.</summary>
    public static int Kill(params string[] commandLine) => Kill("", commandLine);

    /// <summary>The same, of those only that work in or below a directory.</summary>
    public static int KillIn(string directory, params string[] commandLine) => Kill(directory, commandLine);

    private static int Kill(string directory, string[] commandLine)
    {
        var found = Find(directory, commandLine);
        foreach (var process in found)
        {
            process.Kill();
        }

        return found.Count;
    }

    private static List<System.Diagnostics.Process> Find(string directory, string[] commandLine)
    {
        var found = new List<System.Diagnostics.Process>();
        foreach (var id in Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(n => int.TryParse(n, out _)))
        {
            try
            {
                var arguments = File.ReadAllText($"/proc/{id}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
                if (arguments.Length >= commandLine.Length && arguments.Take(commandLine.Length).SequenceEqual(commandLine)
                    && (new FileInfo($"/proc/{id}/cwd").LinkTarget ?? "").StartsWith(directory, StringComparison.Ordinal))
                {
                    found.Add(System.Diagnostics.Process.GetProcessById(int.Parse(id!, System.Globalization.CultureInfo.InvariantCulture)));
                }
            }
            catch (Exception e) when (e is IOException or ArgumentException or InvalidOperationException)
            {
                // It ended meanwhile.
            }
        }

        return found;
    }
}
