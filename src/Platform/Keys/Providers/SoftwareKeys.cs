using System.Globalization;
using System.Security.Cryptography;
using Beffroi.Kernel;

namespace Beffroi.Platform.Keys.Providers;

/// <summary>
/// Keys as files of beffroid's own: for evaluation, where no HSM is. Whoever reads the files and the store reads everything.
/// Files are read at each use and nothing is kept in memory: taking one away is noticed at once.
/// </summary>
internal sealed class SoftwareKeys(string directory) : IKeyProvider
{
    public const string ProviderName = "software";

    public string Name => ProviderName;

    public string Kind => ProviderName;

    public Task<byte[]> CreateAsync(Guid organizationId, int generation, CancellationToken cancellationToken)
    {
        var file = File(organizationId, generation);
        file.CreateIfMissing();
        using var key = file.Read() ?? throw Missing(organizationId, generation);
        return Task.FromResult(SealedBlob.Fingerprint(key.Reveal()));
    }

    public Task CheckAsync(ProviderKey key, CancellationToken cancellationToken)
    {
        using var secret = Read(key);
        return Task.CompletedTask;
    }

    public Task<byte[]> WrapAsync(ProviderKey key, byte[] context, Secret plaintext, CancellationToken cancellationToken)
    {
        using var secret = Read(key);
        return Task.FromResult(SealedBlob.Seal(secret.Reveal(), context, plaintext.Reveal()));
    }

    public Task<Secret> UnwrapAsync(ProviderKey key, byte[] context, byte[] wrapped, CancellationToken cancellationToken)
    {
        using var secret = Read(key);
        var plaintext = SealedBlob.Open(secret.Reveal(), context, wrapped)
            ?? throw new KeyUnavailableException("It was changed or belongs elsewhere: it does not decrypt.");
        try
        {
            return Task.FromResult(Secret.FromBytes(plaintext));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    public Task DestroyAsync(ProviderKey key, CancellationToken cancellationToken)
    {
        File(key.OrganizationId, key.Generation).Destroy();
        return Task.CompletedTask;
    }

    private Secret Read(ProviderKey key)
    {
        var file = File(key.OrganizationId, key.Generation);
        var secret = file.Read() ?? throw Missing(key.OrganizationId, key.Generation);
        if (key.Fingerprint.AsSpan().SequenceEqual(SealedBlob.Fingerprint(secret.Reveal())))
        {
            return secret;
        }

        secret.Dispose();
        throw new KeyRefusedException(
            $"{file.Path} holds another key than the one that organization {key.OrganizationId} began with. Restore the first one from a backup.");
    }

    private KeyRefusedException Missing(Guid organizationId, int generation) => new(
        $"The key of organization {organizationId} is missing: there is no file {File(organizationId, generation).Path}. Restore it from a backup, or copy it from another replica; without it the organization's data can't be read.");

    // The first generation's name is older than generations are.
    private KeyFile File(Guid organizationId, int generation) => new(Path.Combine(
        directory,
        organizationId.ToString("N") + (generation == 1 ? "" : "." + generation.ToString(CultureInfo.InvariantCulture)) + ".key"));
}
