namespace Beffroi.Hosts.Cli.Shell;

/// <summary>Files that a person names on the command line.</summary>
internal static class InputFiles
{
    /// <summary>A file's text.</summary>
    /// <exception cref="CliException">It can't be read.</exception>
    public static string ReadText(string path) => Read(path, File.ReadAllText);

    /// <summary>The text of a file that may have been named; null if none was.</summary>
    /// <exception cref="CliException">It can't be read.</exception>
    public static string? ReadTextIfNamed(string? path) => path is null ? null : ReadText(path);

    /// <summary>A file's bytes.</summary>
    /// <exception cref="CliException">It can't be read.</exception>
    public static byte[] ReadBytes(string path) => Read(path, File.ReadAllBytes);

    private static T Read<T>(string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{path} can't be read: {e.Message}", ExitCode.Usage, e);
        }
    }
}
