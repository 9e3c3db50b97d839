using System.CommandLine;
using System.Security.Cryptography;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Transparency.Escrow;

namespace Beffroi.Hosts.Cli.Keys.Escrow;

/// <summary><c>key escrow recover</c>: opens every key on the customer's own machine and gives them back, for an organization whose key is gone for good.</summary>
internal static class RecoverEscrow
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var organization = KeyCommands.Organization();
        var provider = new Option<string>("--provider") { Description = "Where to make the new generation of the organization's key; see `key show`", HelpName = "NAME", Required = true };
        var file = new Option<string?>("--export") { Description = "Take from an earlier export what the server has lost or damaged", HelpName = "FILE" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        var shares = new EscrowShares();
        var command = new Command("recover", "Give a sealed organization its keys back, opened here with enough shares, when its key or its provider is gone for good")
        {
            organization, provider, file, shares.Files, shares.Passphrase, yes, options.NoWait,
        };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var owner = result.GetValue(organization) ?? session.Space.Organization;
            var export = await session.Api.GetAsync(Paths.Escrow(owner) + "/export", ApiClient.Wire.EscrowExport, token);
            var earlier = result.GetValue(file) is { } path ? await EscrowFiles.ExportAsync(path, token) : null;
            if (earlier is not null && earlier.OrganizationId != export.OrganizationId)
            {
                throw new CliException($"The export is another organization's: {earlier.Organization}.", ExitCode.Usage);
            }

            if (!result.GetValue(yes))
            {
                Confirmation.Ask(
                    terminal, $"This gives all {export.Keys.Count} keys of {owner} to {session.Api.Server.Host}, makes a new generation of its key in {result.GetValue(provider)} and gives up those that were.", owner);
            }

            using var key = shares.Open(terminal, result);
            if (key.PublicKey.Fingerprint != export.Fingerprint)
            {
                throw new CliException(
                    $"These shares give the escrow key {key.PublicKey.Fingerprint}, and registered is {export.Fingerprint}: other shares, another passphrase, or a server that isn't honest. Nothing was sent.", ExitCode.Failed);
            }

            var recovered = new List<RecoveredKey>();
            try
            {
                recovered.AddRange(export.Keys.Select(k => Open(key, export, earlier, k)));
                var operation = (await session.Api.ChangeAsync(
                    HttpMethod.Post, Paths.Escrow(owner) + "/recover", new RecoverOrganization(result.GetRequiredValue(provider), recovered), ApiClient.Wire.RecoverOrganization,
                    ApiClient.Wire.Operation, Preconditions.None, token))!;
                return await KeyCommands.FinishAsync(session, owner, operation, $"{owner} is recovered: {recovered.Count} keys are wrapped under a new generation in {result.GetValue(provider)}.", token);
            }
            finally
            {
                recovered.ForEach(k => CryptographicOperations.ZeroMemory(k.Key));
            }
        });
    }

    // The server says which keys there are; an earlier export may still have as it was what the server's store has damaged. A key that was destroyed since is asked for by
    // nobody, and so not sent.
    private static RecoveredKey Open(EscrowPrivateKey key, EscrowExport export, EscrowExport? earlier, EscrowedKey wanted)
    {
        var kept = earlier?.Keys.FirstOrDefault(k => k.OwnerId == wanted.OwnerId && k.Purpose == wanted.Purpose && k.Generation == wanted.Generation)?.Sealed;
        var binding = new EscrowBinding(export.OrganizationId, wanted.OwnerId, wanted.Purpose, wanted.Generation);
        using var whole = wanted.Sealed is { } served ? key.Open(binding, served) : null;
        var sealedKey = (whole is null ? kept : null) ?? wanted.Sealed
            ?? throw new CliException($"The {wanted.Purpose} of {wanted.Owner} was never sealed to the escrow key: the organization's key was lost before. An organization is recovered wholly or not at all.", ExitCode.Failed);
        using var opened = EscrowFiles.Open(key, export.OrganizationId, wanted, sealedKey);
        return new RecoveredKey(wanted.OwnerId, wanted.Purpose, wanted.Generation, opened.Reveal().ToArray());
    }
}
