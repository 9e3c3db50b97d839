using System.Security.Cryptography;
using Beffroi.Infrastructure.Incus;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Images;

/// <summary>Puts an image into Incus under this installation's alias for its kind, in place of the one before. Idempotent.</summary>
internal sealed class ImageImport(Installation installation, string pool, IncusClient incus)
{
    /// <summary>Imports, or finds that it is there already; returns the fingerprint (SHA-256 of both files, one after the other).</summary>
    /// <exception cref="InfrastructureException">A file can't be read.</exception>
    public async Task<string> RunAsync(string kind, string metadata, string rootfs, CancellationToken cancellationToken)
    {
        var fingerprint = await FingerprintAsync(metadata, rootfs, cancellationToken);
        if (await incus.FindImageAsync(fingerprint, cancellationToken) is null)
        {
            await incus.ImportImageAsync(metadata, rootfs, cancellationToken);
        }

        var name = installation.ImageAlias(kind);
        var before = await incus.FindAliasAsync(name, cancellationToken);
        if (before is null || before.Target != fingerprint)
        {
            if (before is not null)
            {
                // Instances made from it are snapshots and live on.
                await incus.RemoveAliasAsync(before, cancellationToken);
            }

            await incus.CreateAliasAsync(new IncusAlias(name, fingerprint, Mark.Alias(installation)), cancellationToken);
        }

        await UnpackAsync(fingerprint, cancellationToken);
        return fingerprint;
    }

    // Incus unpacks an image in a pool when it is first used there: use it now, so that no customer waits for it.
    private async Task UnpackAsync(string fingerprint, CancellationToken cancellationToken)
    {
        const string project = "default";
        var name = installation.Name + "-unpack";
        await incus.DeleteInstanceAsync(project, name, cancellationToken);
        await incus.CreateInstanceAsync(project, new NewIncusInstance(
            name, "container", [], new() { [Mark.Owner] = installation.Name },
            new() { ["root"] = new() { ["type"] = "disk", ["path"] = "/", ["pool"] = pool } },
            new IncusInstanceSource("image", fingerprint)), cancellationToken);
        await incus.DeleteInstanceAsync(project, name, cancellationToken);
    }

    private static async Task<string> FingerprintAsync(string metadata, string rootfs, CancellationToken cancellationToken)
    {
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[1 << 20];
            foreach (var path in (string[])[metadata, rootfs])
            {
                await using var file = File.OpenRead(path);
                for (int read; (read = await file.ReadAsync(buffer, cancellationToken)) > 0;)
                {
                    hash.AppendData(buffer.AsSpan(0, read));
                }
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InfrastructureException("The image can't be read: " + e.Message, e);
        }
    }
}
