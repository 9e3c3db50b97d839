using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Hosts.Cli.Lockbox;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;
using Beffroi.Transparency.Escrow;

namespace Beffroi.Hosts.Cli.Keys.Escrow;

/// <summary><c>key escrow create</c>: an escrow key, made and cut into shares on the customer's own machine, without any server. The key itself is written nowhere.</summary>
internal static class CreateEscrow
{
    private const int ShortestPassphrase = 12;
    private const int Columns = 3;
    private const string ClearScreen = "\u001b[2J\u001b[3J\u001b[H";

    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var file = new Argument<string>("file") { Description = "Where to write the public key, which is then registered; it must not be there yet", HelpName = "FILE" };
        var shares = new Option<int>("--shares") { Description = "How many shares to make, 2 to 16", HelpName = "N", Required = true };
        var threshold = new Option<int>("--threshold") { Description = "How many of them open everything, 2 to N", HelpName = "M", Required = true };
        var folder = new Option<string?>("--folder") { Description = "Where to write the shares, a file each that only you may read; none is overwritten", HelpName = "FOLDER" };
        var print = new Option<bool>("--print") { Description = "Show the shares on the terminal, one after the other, for those who write them down; none is written to a disk" };
        var passphrase = new Option<bool>("--passphrase") { Description = "Ask for a passphrase that is needed beside the shares; without it they open nothing" };
        var command = new Command("create", "Make an escrow key on this machine, cut it into shares for people to keep, and write its public part; it needs no server")
        {
            file, shares, threshold, folder, print, passphrase,
        };
        command.SetAction((result, _) =>
        {
            var (count, enough, path) = (result.GetValue(shares), result.GetValue(threshold), result.GetRequiredValue(file));
            if (count is < 2 or > Slip39.MostShares || enough < 2 || enough > count)
            {
                throw new CliException($"There are 2 to {Slip39.MostShares} shares, and 2 to all of them open it.", ExitCode.Usage);
            }

            if (result.GetValue(folder) is null == !result.GetValue(print))
            {
                throw new CliException("Say where the shares go: either --folder FOLDER or --print.", ExitCode.Usage);
            }

            if (result.GetValue(print) && !(terminal.Interactive && terminal.CanAsk))
            {
                throw new CliException("Shares are shown at a terminal only, to somebody who is there.", ExitCode.Usage);
            }

            var files = result.GetValue(folder) is { } where ? Enumerable.Range(1, count).Select(i => Path.Combine(where, string.Create(CultureInfo.InvariantCulture, $"share-{i}.txt"))).ToList() : [];
            if (files.Append(path).FirstOrDefault(File.Exists) is { } there)
            {
                throw new CliException($"{there} is there already, and is not overwritten.", ExitCode.Usage);
            }

            var secret = result.GetValue(passphrase) ? NewPassphrase(terminal) : "";
            using var seed = Secret.Random(EscrowPrivateKey.SeedLength);
            using var key = EscrowPrivateKey.FromSeed(seed);
            // First what may fail: shares that were written down are worth nothing without it.
            PrivateFiles.WriteNew(path, Encoding.ASCII.GetBytes(key.PublicKey.Pem));
            try
            {
                Share(terminal, seed, key.PublicKey, enough, count, secret, files);
            }
            catch
            {
                File.Delete(path);
                throw;
            }

            Tell(terminal, result.GetValue(options.Output) == "json", key.PublicKey, path, files, enough, count);
            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }

    private static void Share(Terminal terminal, Secret seed, EscrowPublicKey key, int enough, int count, string passphrase, List<string> files)
    {
        IReadOnlyList<Slip39Share> shares;
        try
        {
            shares = Slip39.Split(seed, enough, count, passphrase);
        }
        catch (Slip39Exception e)
        {
            throw new CliException(e.Message, ExitCode.Usage, e);
        }

        if (files.Count == 0)
        {
            foreach (var share in shares)
            {
                Show(terminal, share, key, count);
                share.Dispose();
            }

            return;
        }

        var written = 0;
        try
        {
            PrivateFiles.EnsureDirectory(Path.GetDirectoryName(Path.GetFullPath(files[0]))!);
            for (; written < count; written++)
            {
                PrivateFiles.WriteNew(files[written], Encoding.UTF8.GetBytes($"{Heading(written + 1, enough, count, key)}\n{shares[written].ToMnemonic()}\n"));
                shares[written].Dispose();
            }

            // What was written is what opens it: better found out now than on the day.
            using var again = EscrowShares.Open(EscrowShares.Read(files), passphrase);
            if (again.PublicKey.Fingerprint != key.Fingerprint)
            {
                throw new CliException("The shares that were written don't give the key back. They are removed again.");
            }
        }
        catch
        {
            files.Take(written).ToList().ForEach(File.Delete);
            throw;
        }
    }

    private static string Heading(int number, int enough, int count, EscrowPublicKey key) => $"""
        # Share {number} of {count} of the escrow key {key.Fingerprint[..16]}. Any {enough} of them open it: keep this one where none of the others is.
        # The words are those of SLIP-0039; lines like this one don't count.
        """;

    private static void Show(Terminal terminal, Slip39Share share, EscrowPublicKey key, int count)
    {
        terminal.Out.Write(ClearScreen);
        terminal.Out.WriteLine($"Share {share.Index + 1} of {count} of the escrow key {key.Fingerprint[..16]}. Only the one who keeps it should be here. Write down all words, with their numbers.");
        terminal.Out.WriteLine();
        var words = share.ToMnemonic().Split(' ');
        var rows = (words.Length + Columns - 1) / Columns;
        for (var row = 0; row < rows; row++)
        {
            terminal.Out.WriteLine(string.Concat(Enumerable.Range(0, Columns).Select(c => (c * rows) + row).Where(i => i < words.Length).Select(i => $"{i + 1,4} {words[i],-10}")));
        }

        terminal.Out.WriteLine();
        terminal.Out.Write("Enter clears the screen and goes on. ");
        _ = Console.ReadLine() ?? throw new CliException("Nobody is there to read the shares. No key was made.");
        terminal.Out.Write(ClearScreen);
    }

    private static void Tell(Terminal terminal, bool json, EscrowPublicKey key, string path, List<string> files, int enough, int count)
    {
        terminal.Tell(
            json,
            new JsonObject
            {
                ["fingerprint"] = key.Fingerprint,
                ["publicKey"] = path,
                ["shares"] = count,
                ["threshold"] = enough,
                ["files"] = new JsonArray([.. files.Select(f => (JsonNode)f)]),
            },
            key.Fingerprint);
        terminal.Error.WriteLine(
            $"The escrow key is in {count} shares, any {enough} of which open it; it is nowhere else. "
            + (files.Count > 0 ? "Give each share to the one who keeps it, and remove these files from this machine. " : "")
            + $"Have them checked (beffroi key escrow check), then register its public part: beffroi key escrow register {path}");
    }

    private static string NewPassphrase(Terminal terminal)
    {
        var passphrase = LockboxFiles.Passphrase(terminal, $"A passphrase to be needed beside the shares, at least {ShortestPassphrase} characters");
        return passphrase.Length < ShortestPassphrase ? throw new CliException($"A passphrase has at least {ShortestPassphrase} characters.", ExitCode.Usage)
            : terminal.CanAsk && LockboxFiles.Passphrase(terminal, "The same again") != passphrase ? throw new CliException("These were two different ones.", ExitCode.Usage)
            : passphrase;
    }
}
