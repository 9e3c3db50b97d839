namespace Beffroi.Hosts.Cli.Setup;

/// <summary>Directories of the installation.</summary>
internal static class Directories
{
    /// <summary>Removes a directory with all that is in it; absence is success.</summary>
    /// <exception cref="IOException">Something else writes into it.</exception>
    public static void DeleteIfThere(string directory)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
