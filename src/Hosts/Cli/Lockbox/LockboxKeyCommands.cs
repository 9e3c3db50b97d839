using System.CommandLine;
using System.Text.Json.Nodes;
using Beffroi.Contracts.Lockbox;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Transparency;
using Beffroi.Transparency.Consent;

namespace Beffroi.Hosts.Cli.Lockbox;

/// <summary><c>lockbox key</c> and <c>lockbox trust</c>: keys that approve. Private ones are made and stay on the approver's machine, or are passkeys, which are registered in the console.</summary>
internal static class LockboxKeyCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal, Option<string?> organization)
    {
        var file = new Option<string?>("--key") { Description = "Where to keep it, sealed with a passphrase [in the configuration folder]", HelpName = "FILE" };
        var account = new Argument<string>("account") { Description = "The member's name" };
        return new Command("key", "The keys that approve")
        {
            options.Run(
                terminal, new Command("create", "Make your key, seal it with a passphrase (asked for, or the first line of standard input), keep it here and register its public part") { file, organization },
                async (session, result, token) =>
                {
                    var owner = result.GetValue(organization) ?? session.Space.Organization;
                    var path = result.GetValue(file) ?? LockboxFiles.KeyOf(owner);
                    var self = await session.Api.GetAsync("/v1/whoami", ApiClient.Wire.WhoAmI, token);
                    var made = !File.Exists(path);
                    if (made)
                    {
                        using var signer = NoteSigner.Generate(LockboxTerms.KeyName(owner, self.Name), NoteAlgorithm.Ed25519);
                        LockboxFiles.Write(path, SealedSigner.Seal(signer, NewPassphrase(terminal)));
                    }

                    // One that is there was made before, and perhaps waited for a second person: it is registered, never replaced.
                    var key = PublicKey(path);
                    var put = (await session.Api.ChangeAsync(
                        HttpMethod.Put, Paths.LockboxKeys(owner), new PutLockboxKey(key.ToString()), ApiClient.Wire.PutLockboxKey, ApiClient.Wire.LockboxKey, Preconditions.None, token))!;
                    LockboxFiles.Trust(owner, ApproverKey.Of(key)!);
                    await terminal.Error.WriteLineAsync(
                        $"{(made ? "Made" : "Found")} {path}: back it up. Give your colleagues this line by another way than this server, so that their audits know you: beffroi lockbox trust KEY");
                    session.Results.Value(put, wire => wire.LockboxKey, writer => writer.WriteLine(put.Key));
                    return ExitCode.Ok;
                }),
            options.Run(terminal, new Command("list", "List the public keys that are registered") { organization }, async (session, result, token) =>
            {
                var owner = result.GetValue(organization) ?? session.Space.Organization;
                var page = await session.Api.GetAsync(Paths.LockboxKeys(owner), ApiClient.Wire.PageLockboxKey, token);
                session.Results.List(page.Items, wire => wire.LockboxKey, $"Nobody in {owner} has a key to approve with: beffroi lockbox key create", ["ACCOUNT", "KIND", "SINCE", "KEY"], k =>
                    [k.Account, k.Kind, LockboxCommands.Time(k.CreatedAt), k.Key]);
                return ExitCode.Ok;
            }),
            options.Run(terminal, new Command("remove", "Remove a key: what it has signed opens nothing any more") { account, organization }, (session, result, token) => Removal.RunAsync(
                session, Paths.LockboxKeys(result.GetValue(organization) ?? session.Space.Organization), result.GetRequiredValue(account), ApiClient.Wire.LockboxKey,
                $"The key of {result.GetValue(account)} is removed.", token)),
        };
    }

    public static Command Trust(GlobalOptions options, Terminal terminal, Option<string?> organization)
    {
        var key = new Argument<string>("key") { Description = "A colleague's public key, from themselves and not from the server", HelpName = "KEY" };
        return options.Run(terminal, new Command("trust", "Take a colleague's signature in your audits from now on") { key, organization }, (session, result, _) =>
        {
            var owner = result.GetValue(organization) ?? session.Space.Organization;
            var found = ApproverKey.Parse(result.GetRequiredValue(key)) is { } read && read.Name.StartsWith(owner + "/", StringComparison.Ordinal)
                ? read : throw new CliException($"This is no key of an approver of {owner} ({owner}/ACCOUNT+ID+BASE64).", ExitCode.Usage);
            LockboxFiles.Trust(owner, found);
            return Task.FromResult(session.Confirm(new JsonObject { ["key"] = found.ToString() }, $"{Columns.Printable(AuditLockbox.Shown(found))} is trusted in audits of {owner}."));
        });
    }

    /// <summary>Opens a sealed key with its passphrase.</summary>
    public static NoteSigner OpenKey(Terminal terminal, string path)
    {
        PublicKey(path);
        return SealedSigner.Open(LockboxFiles.Read(path, "Your key"), LockboxFiles.Passphrase(terminal, "Passphrase of " + path))
            ?? throw new CliException("The passphrase doesn't open the key.", ExitCode.Refused);
    }

    private static NoteKey PublicKey(string path) =>
        SealedSigner.PublicKeyOf(LockboxFiles.Read(path, "Your key (make one with `beffroi lockbox key create`)")) ?? throw new CliException($"{path} holds no sealed key.", ExitCode.Usage);

    private static string NewPassphrase(Terminal terminal)
    {
        var passphrase = LockboxFiles.Passphrase(terminal, "A passphrase for your key, at least 12 characters");
        return passphrase.Length < 12 ? throw new CliException("A passphrase has at least 12 characters.", ExitCode.Usage)
            : terminal.CanAsk && LockboxFiles.Passphrase(terminal, "The same again") != passphrase ? throw new CliException("These were two different ones.", ExitCode.Usage)
            : passphrase;
    }
}
