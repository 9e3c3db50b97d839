using System.Security.Cryptography;
using Beffroi.Kernel;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Keys;

/// <summary>
/// Organizations' keys as files of beffroid's own: for evaluation, where no HSM is. Whoever reads the files and the store reads
/// everything. The store remembers each key's fingerprint, so that a lost or exchanged file is refused and never made anew.
/// Files are read at each use: taking one away seals the organization at once.
/// </summary>
internal sealed class SoftwareOrganizationKeys(NpgsqlDataSource source, string directory) : IOrganizationKeys
{
    public async Task EnsureAsync(Guid organizationId, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var known = await FingerprintAsync(connection, organizationId, cancellationToken);
        var file = File(organizationId);
        using var present = file.Read();
        if (known is not null)
        {
            Check(organizationId, known, present);
            return;
        }

        file.CreateIfMissing();
        using var key = file.Read() ?? throw Missing(organizationId);
        await connection.Statement(
            "insert into platform.organization_keys (organization_id, fingerprint) values ($1, $2) on conflict do nothing",
            organizationId, SealedBlob.Fingerprint(key.Reveal())).RunAsync(cancellationToken);
        // Another replica, with another directory, may have been quicker.
        Check(organizationId, (await FingerprintAsync(connection, organizationId, cancellationToken))!, key);
    }

    public Task<byte[]> WrapAsync(Guid organizationId, KeyContext context, Secret plaintext, CancellationToken cancellationToken)
    {
        using var key = File(organizationId).Read() ?? throw Missing(organizationId);
        return Task.FromResult(SealedBlob.Seal(key.Reveal(), Bytes(organizationId, context), plaintext.Reveal()));
    }

    public Task<Secret> UnwrapAsync(Guid organizationId, KeyContext context, byte[] wrapped, CancellationToken cancellationToken)
    {
        using var key = File(organizationId).Read() ?? throw Missing(organizationId);
        var plaintext = SealedBlob.Open(key.Reveal(), Bytes(organizationId, context), wrapped)
            ?? throw new KeyUnavailableException(SealedBlob.IsUnder(key.Reveal(), wrapped)
                ? $"What was stored as {context.Purpose} of {context.ResourceId} was changed or belongs elsewhere: it does not decrypt."
                : $"What was stored as {context.Purpose} of {context.ResourceId} was encrypted under another key than the present one of organization {organizationId}. Restore that key's file.");
        try
        {
            return Task.FromResult(Secret.FromBytes(plaintext));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    private static async Task<byte[]?> FingerprintAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        await connection.Statement("select fingerprint from platform.organization_keys where organization_id = $1", organizationId)
            .FirstAsync(r => r.GetFieldValue<byte[]>(0), cancellationToken);

    private static byte[] Bytes(Guid organizationId, KeyContext context) =>
        SealedBlob.Context("beffroi/organization-key/1", organizationId, context.ResourceId, context.Generation, context.Purpose);

    private void Check(Guid organizationId, byte[] fingerprint, Secret? key)
    {
        if (key is null)
        {
            throw Missing(organizationId);
        }

        if (!fingerprint.AsSpan().SequenceEqual(SealedBlob.Fingerprint(key.Reveal())))
        {
            throw new KeyUnavailableException($"{File(organizationId).Path} holds another key than the one that organization {organizationId} began with. Restore the first one from a backup.");
        }
    }

    private KeyUnavailableException Missing(Guid organizationId) => new(
        $"The key of organization {organizationId} is missing: there is no file {File(organizationId).Path}. Restore it from a backup, or copy it from another replica; without it the organization's data can't be read.");

    private KeyFile File(Guid organizationId) => new(Path.Combine(directory, organizationId.ToString("N") + ".key"));
}
