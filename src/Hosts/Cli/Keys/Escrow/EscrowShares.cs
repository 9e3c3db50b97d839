using System.CommandLine;
using Beffroi.Hosts.Cli.Lockbox;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Transparency.Escrow;

namespace Beffroi.Hosts.Cli.Keys.Escrow;

/// <summary>
/// Shares of an escrow key as people give them: files with the words, lines that begin with <c>#</c> aside, or words that are typed. Never on the command line, which
/// other users of the machine can see.
/// </summary>
internal sealed class EscrowShares
{
    private const int LargestFile = 8192;

    /// <summary>The option that names files with shares.</summary>
    public Option<string[]> Files { get; } = new("--share")
    {
        Description = "A file with a share; once for each share [asked for at the terminal]",
        HelpName = "FILE",
    };

    /// <summary>The option that says that there is a passphrase beside the shares.</summary>
    public Option<bool> Passphrase { get; } = PassphraseOption();

    public static Option<bool> PassphraseOption() => new("--passphrase") { Description = "There is a passphrase beside the shares (asked for, or the first line of standard input)" };

    /// <summary>The shares of files.</summary>
    /// <exception cref="CliException">One can't be read, or holds no share.</exception>
    public static List<Slip39Share> Read(IEnumerable<string> files) => [.. files.Select(file =>
    {
        if (new FileInfo(file) is { Exists: true, Length: > LargestFile })
        {
            throw new CliException($"{file} holds no share: it is too long.", ExitCode.Usage);
        }

        try
        {
            return Slip39Share.Parse(string.Join('\n', InputFiles.ReadText(file).Split('\n').Where(line => !line.TrimStart().StartsWith('#'))));
        }
        catch (Slip39Exception e)
        {
            throw new CliException($"{file}: {e.Message}", ExitCode.Failed, e);
        }
    })];

    /// <summary>A passphrase that goes with shares; empty where none was announced.</summary>
    public static string AskPassphrase(Terminal terminal, bool announced) => announced ? LockboxFiles.Passphrase(terminal, "Passphrase of the shares") : "";

    /// <summary>The escrow key that the shares open; clears them.</summary>
    /// <exception cref="CliException">They are too few, or don't belong together.</exception>
    public static EscrowPrivateKey Open(List<Slip39Share> shares, string passphrase)
    {
        try
        {
            using var seed = Slip39.Combine(shares, passphrase);
            return seed.Reveal().Length == EscrowPrivateKey.SeedLength ? EscrowPrivateKey.FromSeed(seed)
                : throw new CliException("These are shares of something else than an escrow key: their secret has another length.", ExitCode.Failed);
        }
        catch (Slip39Exception e)
        {
            throw new CliException(e.Message, ExitCode.Failed, e);
        }
        finally
        {
            shares.ForEach(s => s.Dispose());
        }
    }

    /// <summary>The escrow key that the shares open which the command names, or a person types.</summary>
    public EscrowPrivateKey Open(Terminal terminal, ParseResult result)
    {
        var files = result.GetValue(Files) ?? [];
        var shares = files.Length > 0 ? Read(files) : Ask(terminal);
        return Open(shares, AskPassphrase(terminal, result.GetValue(Passphrase)));
    }

    private static List<Slip39Share> Ask(Terminal terminal)
    {
        if (!terminal.CanAsk)
        {
            throw new CliException("Name the files with the shares: --share FILE, once for each.", ExitCode.Usage);
        }

        var shares = new List<Slip39Share>();
        for (string? missing = ""; missing is not null;)
        {
            terminal.Error.WriteLine(missing);
            terminal.Error.Write($"The words of a share, with spaces between them ({shares.Count} so far): ");
            var typed = Console.ReadLine() ?? throw new CliException("There were too few shares.", ExitCode.Failed);
            try
            {
                var share = Slip39Share.Parse(typed);
                missing = Slip39.Missing([.. shares, share]);
                shares.Add(share);
            }
            catch (Slip39Exception e)
            {
                missing = e.Message;
            }
        }

        return shares;
    }
}
