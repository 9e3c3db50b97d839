using System.CommandLine;
using System.Text.Json.Nodes;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Transparency.Escrow;

namespace Beffroi.Hosts.Cli.Keys.Escrow;

/// <summary><c>key escrow check</c>: whether shares are whole, belong together and give the key that is registered. It needs no server and writes nothing.</summary>
internal static class CheckEscrow
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var files = new Argument<string[]>("share") { Description = "Files with shares", HelpName = "FILE", Arity = ArgumentArity.OneOrMore };
        var publicKey = new Option<string?>("--public-key") { Description = "The public key that they should give, as `key escrow create` wrote it", HelpName = "FILE" };
        var passphrase = EscrowShares.PassphraseOption();
        var command = new Command("check", "Check shares on this machine: that each is whole, that they belong together, and whose key they give; nothing is written or sent") { files, publicKey, passphrase };
        command.SetAction((result, _) =>
        {
            var expected = result.GetValue(publicKey) is { } path ? EscrowFiles.PublicKey(path) : null;
            var shares = EscrowShares.Read(result.GetRequiredValue(files));
            var (first, count) = (shares[0], shares.Count);
            string? missing;
            try
            {
                missing = Slip39.Missing(shares);
            }
            catch (Slip39Exception e)
            {
                throw new CliException(e.Message, ExitCode.Failed, e);
            }

            var (threshold, identifier) = (first.Threshold, first.Identifier);
            string? fingerprint = null;
            if (missing is null)
            {
                using var key = EscrowShares.Open(shares, EscrowShares.AskPassphrase(terminal, result.GetValue(passphrase)));
                fingerprint = key.PublicKey.Fingerprint;
            }

            var right = expected is null || expected.Fingerprint == fingerprint;
            terminal.Tell(
                result.GetValue(options.Output) == "json",
                new JsonObject { ["shares"] = count, ["threshold"] = threshold, ["identifier"] = identifier, ["fingerprint"] = fingerprint, ["right"] = right && fingerprint is not null },
                fingerprint ?? $"Whole, and of one secret. {missing} With fewer nobody can tell whose key they give.");
            if (!right)
            {
                terminal.Error.WriteLine(fingerprint is null ? "Whether they give the expected key can't be told." : $"They give another key than {expected!.Fingerprint}: other shares, or another passphrase.");
            }

            return Task.FromResult(right ? ExitCode.Ok : ExitCode.Failed);
        });
        return command;
    }
}
