using Beffroi.Hosts.Cli.Shell;
using Beffroi.Transparency;

namespace Beffroi.Hosts.Cli.Ledger;

/// <summary>Public keys as options name them.</summary>
internal static class LedgerKeys
{
    /// <summary>The key that the text is, or that is in the file of that name; null for no text.</summary>
    /// <exception cref="CliException">It is neither.</exception>
    public static NoteKey? Read(string? text) => text is null
        ? null
        : NoteKey.Parse(text) ?? NoteKey.Parse(InputFiles.ReadText(text).Trim()) ?? throw new CliException($"{text} holds no key of a log (NAME+ID+BASE64).", ExitCode.Usage);
}
