using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Transparency.Escrow;

namespace Beffroi.Hosts.Cli.Keys.Escrow;

/// <summary><c>key escrow</c>: a key of the customer's own, in shares that people keep, to which everything is sealed beside the organization's key.</summary>
internal static class EscrowCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal) => new("escrow", "A key of your own in shares that people keep: for the day on which the organization's key is gone for good")
    {
        CreateEscrow.Create(options, terminal),
        CheckEscrow.Create(options, terminal),
        Register(options, terminal),
        Show(options, terminal),
        Export(options, terminal),
        OpenEscrow.Create(options, terminal),
        RecoverEscrow.Create(options, terminal),
        Remove(options, terminal),
    };

    private static Command Register(GlobalOptions options, Terminal terminal)
    {
        var file = new Argument<string>("file") { Description = "The public key, as `key escrow create` wrote it", HelpName = "FILE" };
        var organization = KeyCommands.Organization();
        return options.Run(terminal, new Command("register", "Register the public part of an escrow key: everything is sealed to it from now on, in place of an earlier one") { file, organization }, async (session, result, token) =>
        {
            var key = EscrowFiles.PublicKey(result.GetRequiredValue(file));
            var put = (await session.Api.ChangeAsync(
                HttpMethod.Put, Paths.Escrow(Owner(session, result, organization)), new PutEscrow(key.Pem), ApiClient.Wire.PutEscrow, ApiClient.Wire.KeyEscrow, Preconditions.None, token))!;
            if (put.Fingerprint != key.Fingerprint)
            {
                throw new CliException($"The server says that it registered {put.Fingerprint}, which is not the key in the file ({key.Fingerprint}). Don't rely on it.", ExitCode.Failed);
            }

            Write(session, put);
            await terminal.Error.WriteLineAsync("Export what is sealed to it once all is (beffroi key escrow export), and keep that beside the shares.");
            return ExitCode.Ok;
        });
    }

    private static Command Show(GlobalOptions options, Terminal terminal)
    {
        var organization = KeyCommands.Organization();
        return options.Run(terminal, new Command("show", "Show which escrow key is registered, and how far everything is sealed to it") { organization }, async (session, result, token) =>
        {
            Write(session, await session.Api.GetAsync(Paths.Escrow(Owner(session, result, organization)), ApiClient.Wire.KeyEscrow, token));
            return ExitCode.Ok;
        });
    }

    private static Command Export(GlobalOptions options, Terminal terminal)
    {
        var file = new Argument<string>("file") { Description = "Where to write it; an earlier export there is replaced", HelpName = "FILE" };
        var organization = KeyCommands.Organization();
        return options.Run(terminal, new Command("export", "Write everything that is sealed to the escrow key to a file, to keep beside the shares; it opens with them alone") { file, organization }, async (session, result, token) =>
        {
            var (owner, path) = (Owner(session, result, organization), result.GetRequiredValue(file));
            var export = await session.Api.GetAsync(Paths.Escrow(owner) + "/export", ApiClient.Wire.EscrowExport, token);
            if (EscrowPublicKey.Parse(export.PublicKey)?.Fingerprint != export.Fingerprint)
            {
                throw new CliException("The export contradicts itself: its fingerprint is not that of its public key. It is not written.", ExitCode.Failed);
            }

            PrivateFiles.Write(path, JsonSerializer.Serialize(export, ApiClient.Wire.EscrowExport) + "\n");
            var left = export.Keys.Count(k => k.Sealed is null);
            if (left > 0)
            {
                await terminal.Error.WriteLineAsync($"{left} of the {export.Keys.Count} keys are yet to be sealed, and are not in it: export again later.");
            }

            return session.Confirm(
                new JsonObject { ["file"] = path, ["fingerprint"] = export.Fingerprint, ["keys"] = export.Keys.Count - left, ["left"] = left },
                $"{path} holds {export.Keys.Count - left} keys, sealed to {export.Fingerprint}. Export again when databases were created, or none of a new one's data opens with it.");
        });
    }

    private static Command Remove(GlobalOptions options, Terminal terminal)
    {
        var organization = KeyCommands.Organization();
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        return options.Run(terminal, new Command("remove", "Remove the escrow key and drop everything that is sealed to it; what was exported stays with whoever has it") { organization, yes }, async (session, result, token) =>
        {
            var owner = Owner(session, result, organization);
            if (!result.GetValue(yes))
            {
                Confirmation.Ask(terminal, $"From then on, what the organization's key of {owner} protects is lost with it.", owner);
            }

            await session.Api.ChangeAsync<PutEscrow, KeyEscrow>(HttpMethod.Delete, Paths.Escrow(owner), null, ApiClient.Wire.PutEscrow, ApiClient.Wire.KeyEscrow, Preconditions.None, token);
            return session.Confirm(new JsonObject { ["removed"] = owner }, $"The escrow key of {owner} is removed, and everything that was sealed to it here.");
        });
    }

    private static string Owner(Session session, ParseResult result, Argument<string?> organization) => result.GetValue(organization) ?? session.Space.Organization;

    private static void Write(Session session, KeyEscrow escrow) => session.Results.Value(escrow, wire => wire.KeyEscrow, writer => Columns.Pairs(
        writer,
        ("Organization", escrow.Organization),
        ("Escrow key", escrow.Fingerprint ?? "none"),
        ("Registered by", escrow.RegisteredBy),
        ("Registered", escrow.RegisteredAt?.ToString("u", CultureInfo.InvariantCulture)),
        ("Keys sealed to it", escrow.Sealed.ToString(CultureInfo.InvariantCulture)),
        ("Yet to be sealed", escrow.Left.ToString(CultureInfo.InvariantCulture))));
}
