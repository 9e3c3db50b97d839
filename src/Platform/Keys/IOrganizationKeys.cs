using Beffroi.Kernel;

namespace Beffroi.Platform.Keys;

/// <summary>
/// What an organization's key is used for, wherever it lives: an HSM through PKCS#11, a key service of the customer's, or a file for
/// evaluation (see <see cref="Providers.IKeyProvider"/>). The key itself never leaves; it wraps and unwraps others. Refuses while the
/// organization is sealed. Safe for concurrent use.
/// </summary>
public interface IOrganizationKeys
{
    /// <summary>Ensures the organization has a key, in the installation's default provider if it is new. <see cref="Guid.Empty"/> is the platform itself.</summary>
    Task EnsureAsync(Guid organizationId, CancellationToken cancellationToken);

    /// <summary>Encrypts and authenticates <paramref name="plaintext"/>, bound to <paramref name="context"/>.</summary>
    Task<byte[]> WrapAsync(Guid organizationId, KeyContext context, Secret plaintext, CancellationToken cancellationToken);

    /// <summary>The reverse. Throws <see cref="KeyUnavailableException"/> if there is no key, or the blob or its context is not the one that was wrapped.</summary>
    Task<Secret> UnwrapAsync(Guid organizationId, KeyContext context, byte[] wrapped, CancellationToken cancellationToken);
}

/// <summary>What a wrapped blob belongs to; it is authenticated with it, so that blobs can't be swapped.</summary>
/// <param name="ResourceId">The resource, space or other owner.</param>
/// <param name="Purpose">e.g. <c>resource-key</c>, <c>password</c>.</param>
/// <param name="Generation">Of the key that is wrapped.</param>
public sealed record KeyContext(Guid ResourceId, string Purpose, int Generation = 1);

/// <summary>A key is missing, sealed, out of reach or not the right one. The message holds nothing secret.</summary>
public class KeyUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The key's provider answered, and refuses: access was withdrawn, or the key or its token is gone. It won't pass by itself.</summary>
public sealed class KeyRefusedException(string message, Exception? inner = null) : KeyUnavailableException(message, inner)
{
    /// <summary>Whether the provider said that it has no such key.</summary>
    public bool IsGone { get; init; }
}

/// <summary>The organization is sealed.</summary>
public sealed class OrganizationSealedException(string reason)
    : KeyUnavailableException("The organization is sealed: " + reason + " Its own people can unseal it (beffroi key unseal).");
