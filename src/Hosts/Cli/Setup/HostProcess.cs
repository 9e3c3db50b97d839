using System.Globalization;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>A process of this machine, as proc(5) tells it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Parent">Its parent's.</param>
/// <param name="Arguments">Its command line.</param>
/// <param name="Directory">Where it works.</param>
internal sealed record HostProcess(int Id, int Parent, string[] Arguments, string Directory)
{
    /// <summary>All that there are, but for those that end meanwhile and the kernel's own.</summary>
    public static IEnumerable<HostProcess> All()
    {
        foreach (var path in System.IO.Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Read(path, id) is { Arguments.Length: > 0 } process)
            {
                yield return process;
            }
        }
    }

    private static HostProcess? Read(string path, int id)
    {
        try
        {
            var arguments = File.ReadAllText(path + "/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
            // After the name, which is in brackets and may hold any character: state, parent.
            var status = File.ReadAllText(path + "/stat");
            var parent = int.Parse(status[(status.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
            return new HostProcess(id, parent, arguments, new FileInfo(path + "/cwd").LinkTarget ?? "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
