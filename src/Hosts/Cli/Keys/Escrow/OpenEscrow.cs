using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;
using Beffroi.Transparency.Escrow;

namespace Beffroi.Hosts.Cli.Keys.Escrow;

/// <summary><c>key escrow open</c>: one resource's key, from an export and enough shares, with no server: for when there is no Beffroi to give it to.</summary>
internal static class OpenEscrow
{
    private const string ResourceKey = "resource-key";
    private const string Volume = "volume";
    private const string Backup = "backup";

    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var file = new Argument<string>("export") { Description = "What `key escrow export` wrote", HelpName = "FILE" };
        var resource = new Option<string>("--resource") { Description = "Whose key", HelpName = "SPACE/NAME", Required = true };
        var target = new Option<string>("--out") { Description = "Where to write it; it must not be there yet", HelpName = "FILE", Required = true };
        var use = new Option<string>("--use")
        {
            Description = "What it is wanted for: the key itself (32 bytes), volume (64 bytes, fscrypt's master key; of a further node volume/ID), or backup (pgBackRest's passphrase)",
            HelpName = "key|volume|backup",
            DefaultValueFactory = _ => "key",
        };
        var generation = new Option<int?>("--generation") { Description = "Which generation of the key [the newest; of backups the oldest: which stanza is under which is on the ledger, postgres.backup-key.rotate]", HelpName = "N" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        var shares = new EscrowShares();
        var command = new Command("open", "Open one resource's key on this machine, from an export and enough shares; it needs no server")
        {
            file, resource, target, use, generation, shares.Files, shares.Passphrase, yes,
        };
        command.SetAction(async (result, token) =>
        {
            var (name, path, purpose) = (result.GetRequiredValue(resource), result.GetRequiredValue(target), result.GetRequiredValue(use));
            if (purpose is not ("key" or Volume or Backup) && !(purpose.StartsWith(Volume + "/", StringComparison.Ordinal) && Guid.TryParse(purpose[(Volume.Length + 1)..], out _)))
            {
                throw new CliException("--use: key, volume, volume/ID or backup.", ExitCode.Usage);
            }

            var export = await EscrowFiles.ExportAsync(result.GetRequiredValue(file), token);
            var generations = export.Keys.Where(k => k.Owner == name && k.Purpose == ResourceKey).ToList();
            if (generations.Count > 0 && result.GetValue(generation) is { } wanted)
            {
                generations.RemoveAll(k => k.Generation != wanted);
                if (generations.Count == 0)
                {
                    throw new CliException($"The export has no generation {wanted} of the key of {name}.", ExitCode.NotFound);
                }
            }

            var escrowed = (purpose == Backup ? generations.MinBy(k => k.Generation) : generations.MaxBy(k => k.Generation))
                ?? throw new CliException($"The export has no key of {name}. It has those of: {string.Join(", ", export.Keys.Where(k => k.Purpose == ResourceKey).Select(k => k.Owner))}.", ExitCode.NotFound);
            var sealedKey = escrowed.Sealed ?? throw new CliException($"The key of {name} was not sealed yet when this was exported. Export again.", ExitCode.NotFound);
            if (!result.GetValue(yes))
            {
                Confirmation.Ask(terminal, $"This writes a key to {path} that opens the data of {name}, past every safeguard and without any entry in a ledger. Whoever reads the file reads the data.", name);
            }

            using var key = shares.Open(terminal, result);
            using var opened = EscrowFiles.Open(key, export.OrganizationId, escrowed, sealedKey);
            Write(path, opened, escrowed.OwnerId, purpose);
            return terminal.Confirm(
                result.GetValue(options.Output) == "json",
                new JsonObject { ["resource"] = name, ["resourceId"] = escrowed.OwnerId.ToString("D"), ["use"] = purpose, ["file"] = path },
                $"The key of {name} ({escrowed.OwnerId:D}) is in {path}. Destroy the file as soon as it has served (shred -u).");
        });
        return command;
    }

    private static void Write(string path, Secret key, Guid resource, string purpose)
    {
        if (purpose == "key")
        {
            PrivateFiles.WriteNew(path, key.Reveal());
            return;
        }

        using var derived = ResourceKeyUses.Derive(key, resource, Purpose(purpose), purpose == Backup ? 48 : 64);
        // The passphrase is text: it goes into a configuration file.
        var bytes = purpose == Backup ? Encoding.ASCII.GetBytes(Convert.ToBase64String(derived.Reveal())) : derived.Reveal().ToArray();
        PrivateFiles.WriteNew(path, bytes);
        CryptographicOperations.ZeroMemory(bytes);
    }

    // A further node's volume is named by its id without hyphens.
    private static string Purpose(string use) => use.StartsWith(Volume + "/", StringComparison.Ordinal) ? $"{Volume}/{Guid.Parse(use[(Volume.Length + 1)..]):N}" : use;
}
