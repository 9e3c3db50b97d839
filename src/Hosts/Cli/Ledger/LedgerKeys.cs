using Beffroi.Transparency;

namespace Beffroi.Hosts.Cli.Ledger;

/// <summary>Public keys as options name them, and the files that they verify.</summary>
internal static class LedgerKeys
{
    /// <summary>The key that the text is, or that is in the file of that name; null for no text.</summary>
    /// <exception cref="CliException">It is neither.</exception>
    public static NoteKey? Read(string? text) => text is null
        ? null
        : NoteKey.Parse(text) ?? NoteKey.Parse(ReadText(text).Trim()) ?? throw new CliException($"{text} holds no key of a log (NAME+ID+BASE64).", ExitCode.Usage);

    /// <summary>A file's text.</summary>
    /// <exception cref="CliException">It can't be read.</exception>
    public static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{path} can't be read: {e.Message}", ExitCode.Usage, e);
        }
    }
}
