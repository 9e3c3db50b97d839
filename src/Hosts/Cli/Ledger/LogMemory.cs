using Beffroi.Hosts.Cli.Shell;
using Beffroi.Transparency;

namespace Beffroi.Hosts.Cli.Ledger;

/// <summary>What was verified of a log the last time.</summary>
/// <param name="Key">The key that was met first: another one later is not the same log.</param>
/// <param name="Note">The newest checkpoint, signed.</param>
/// <param name="Checkpoint">What it says.</param>
internal sealed record RememberedLog(NoteKey Key, string Note, Checkpoint Checkpoint);

/// <summary>
/// Remembers logs in the person's state directory, <c>~/.local/state/INSTALLATION/ledgers</c>, mode 0600. Kept by address and not by
/// what a log calls itself: a server that shows another log at the same place is caught.
/// </summary>
internal sealed class LogMemory(string directory)
{
    /// <summary>Where suspicious checkpoints are kept.</summary>
    public string Evidence => Path.Combine(directory, "evidence");

    /// <summary>That of the person who runs the program.</summary>
    public static LogMemory ForUser()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } set ? set : Path.Combine(home is "" ? "/root" : home, ".local", "state");
        return new LogMemory(Path.Combine(state, InstallationName.FromEnvironment().Name, "ledgers"));
    }

    /// <summary>That of a person by where their configuration is, <c>HOME/.config/INSTALLATION</c>.</summary>
    public static LogMemory BesideConfiguration(string configuration)
    {
        var home = Path.GetDirectoryName(Path.GetDirectoryName(configuration)) ?? "/";
        return new LogMemory(Path.Combine(home, ".local", "state", Path.GetFileName(configuration), "ledgers"));
    }

    /// <summary>The log at an address; null if none was met there.</summary>
    public RememberedLog? Find(string address) => Read(FileOf(address));

    /// <summary>A log by its origin, wherever it was met; null if nowhere.</summary>
    /// <exception cref="CliException">Several servers name different keys for it: one of them lies, and this program can't tell which.</exception>
    public RememberedLog? FindByOrigin(string origin)
    {
        var found = !Directory.Exists(directory) ? [] : Directory.EnumerateFiles(directory)
            .Where(f => !f.EndsWith(".new", StringComparison.Ordinal)).Select(Read).OfType<RememberedLog>().Where(l => l.Key.Name == origin).ToList();
        return found.Select(l => l.Key.ToString()).Distinct(StringComparer.Ordinal).Count() > 1
            ? throw new CliException("Several servers have named a key for this log, and not the same: say which is right with --key.", ExitCode.Usage)
            : found.MaxBy(l => l.Checkpoint.Size);
    }

    /// <summary>Remembers, unless more of the same log is remembered by now.</summary>
    public void Save(string address, RememberedLog log)
    {
        if (Find(address) is { } present && present.Key.ToString() == log.Key.ToString() && present.Checkpoint.Size > log.Checkpoint.Size)
        {
            return;
        }

        PrivateFiles.EnsureDirectory(directory);
        PrivateFiles.WriteIfDifferent(FileOf(address), log.Key + "\n" + log.Note);
    }

    /// <summary>Forgets the log at an address; says whether there was one.</summary>
    public bool Forget(string address)
    {
        var there = File.Exists(FileOf(address));
        if (there)
        {
            File.Delete(FileOf(address));
        }

        return there;
    }

    /// <summary>Forgets all logs; evidence stays.</summary>
    public void Clear()
    {
        if (!Directory.Exists(directory))
        {
            return;
        }

        foreach (var file in Directory.EnumerateFiles(directory))
        {
            File.Delete(file);
        }

        for (var empty = directory; Path.GetFileName(empty) is not ("state" or "") && !Directory.EnumerateFileSystemEntries(empty).Any(); empty = Path.GetDirectoryName(empty)!)
        {
            Directory.Delete(empty);
        }
    }

    private static RememberedLog? Read(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        var end = text.IndexOf('\n', StringComparison.Ordinal);
        // Not forgotten in silence: that would be what an attacker wants.
        return end > 0 && NoteKey.Parse(text[..end]) is { } key && Checkpoint.Open(text[(end + 1)..], key, out var checkpoint) is null
            ? new RememberedLog(key, text[(end + 1)..], checkpoint)
            : throw new CliException($"What is remembered of a ledger in {path} is damaged. If you know why, say `beffroi ledger forget`; the next command then believes what it meets.", ExitCode.Failed);
    }

    private string FileOf(string address) => Path.Combine(directory, Uri.EscapeDataString(address));
}
