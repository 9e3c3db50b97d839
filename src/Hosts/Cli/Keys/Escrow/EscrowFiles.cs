using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;
using Beffroi.Transparency.Escrow;

namespace Beffroi.Hosts.Cli.Keys.Escrow;

/// <summary>Files of escrow that hold no secret, and opening what one of them holds.</summary>
internal static class EscrowFiles
{
    private const int LargestExport = 32 << 20;

    /// <exception cref="CliException">It can't be read, or holds no public key.</exception>
    public static EscrowPublicKey PublicKey(string path) => EscrowPublicKey.Parse(InputFiles.ReadText(path))
        ?? throw new CliException($"{path} holds no public escrow key (PEM, P-521), as `beffroi key escrow create` writes it.", ExitCode.Usage);

    /// <summary>What was exported.</summary>
    /// <exception cref="CliException">It can't be read, or is another format.</exception>
    public static async Task<EscrowExport> ExportAsync(string path, CancellationToken cancellationToken)
    {
        var export = await JsonFile.ReadAsync(path, ApiClient.Wire.EscrowExport, "an export of escrow", cancellationToken, LargestExport);
        return export.Format == EscrowExport.CurrentFormat ? export
            : throw new CliException($"{path} has the format {export.Format}; this program reads {EscrowExport.CurrentFormat}.", ExitCode.Usage);
    }

    /// <summary>Opens a key of an export.</summary>
    /// <exception cref="CliException">It isn't sealed to this escrow key, belongs elsewhere or was changed.</exception>
    public static Secret Open(EscrowPrivateKey key, Guid organization, EscrowedKey escrowed, byte[] sealedKey)
    {
        var binding = new EscrowBinding(organization, escrowed.OwnerId, escrowed.Purpose, escrowed.Generation);
        if (key.Open(binding, sealedKey) is not { } opened)
        {
            throw new CliException($"The {escrowed.Purpose} of {escrowed.Owner} doesn't open with this escrow key: it was sealed to another one, or was changed.", ExitCode.Failed);
        }

        if (escrowed.Commitment is null || Convert.ToHexStringLower(binding.Commitment(opened.Reveal())) == escrowed.Commitment)
        {
            return opened;
        }

        opened.Dispose();
        throw new CliException($"The {escrowed.Purpose} of {escrowed.Owner} opens, but is not the key that its commitment names.", ExitCode.Failed);
    }
}
