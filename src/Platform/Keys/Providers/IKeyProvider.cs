using Beffroi.Kernel;

namespace Beffroi.Platform.Keys.Providers;

/// <summary>
/// Where keys of organizations live. A key never leaves its provider in the clear. Failures are <see cref="KeyUnavailableException"/>, of which
/// <see cref="KeyRefusedException"/> says that the provider is there and refuses. Safe for concurrent use.
/// </summary>
internal interface IKeyProvider
{
    /// <summary>As the configuration and the store name it.</summary>
    string Name { get; }

    /// <summary><c>software</c>, <c>pkcs11</c> or <c>transit</c>.</summary>
    string Kind { get; }

    /// <summary>
    /// Ensures that this generation of the organization's key is there; creates it if not. The caller makes sure that only one does at a time, and that a
    /// key which was there before is never asked for again in this way.
    /// </summary>
    /// <returns>The key's fingerprint, 8 bytes: with it blobs tell which key they are under.</returns>
    Task<byte[]> CreateAsync(Guid organizationId, int generation, CancellationToken cancellationToken);

    /// <summary>Makes sure that the key is there, is the one it was, and may be used: by using it.</summary>
    Task CheckAsync(ProviderKey key, CancellationToken cancellationToken);

    /// <summary>Encrypts and authenticates; the result begins with a format byte and the key's fingerprint.</summary>
    Task<byte[]> WrapAsync(ProviderKey key, byte[] context, Secret plaintext, CancellationToken cancellationToken);

    /// <summary>The reverse.</summary>
    Task<Secret> UnwrapAsync(ProviderKey key, byte[] context, byte[] wrapped, CancellationToken cancellationToken);

    /// <summary>Destroys the key for good; absence is success.</summary>
    Task DestroyAsync(ProviderKey key, CancellationToken cancellationToken);
}

/// <summary>One generation of an organization's key in a provider.</summary>
/// <param name="OrganizationId">Whose; <see cref="Guid.Empty"/> is the platform.</param>
/// <param name="Generation">From 1.</param>
/// <param name="Fingerprint">8 bytes, as <see cref="IKeyProvider.CreateAsync"/> gave them.</param>
internal sealed record ProviderKey(Guid OrganizationId, int Generation, byte[] Fingerprint);
