using System.Security.Cryptography;
using System.Text;
using Beffroi.Kernel;

namespace Beffroi.Transparency.Escrow;

/// <summary>
/// What is derived from a resource's key: HKDF-SHA-256 (RFC 5869), the resource's id as salt. The platform derives with this, and a customer who has opened a key from
/// escrow with the same. Stateless.
/// </summary>
public static class ResourceKeyUses
{
    /// <summary>A key for one use.</summary>
    /// <param name="key">The resource's.</param>
    /// <param name="resourceId">Its id; its 16 bytes in the order of its text.</param>
    /// <param name="purpose">e.g. <c>volume</c>.</param>
    /// <param name="length">In bytes, 16 to 64.</param>
    public static Secret Derive(Secret key, Guid resourceId, string purpose, int length) => Expand(key, resourceId, "beffroi/derived/1/" + purpose, length);

    /// <summary>The key that the resource's secrets are sealed with.</summary>
    public static Secret ForSecrets(Secret key, Guid resourceId) => Expand(key, resourceId, "beffroi/secrets/1", 32);

    private static Secret Expand(Secret key, Guid resourceId, string info, int length)
    {
        Span<byte> derived = stackalloc byte[length];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Reveal(), derived, resourceId.ToByteArray(bigEndian: true), Encoding.UTF8.GetBytes(info));
        var secret = Secret.FromBytes(derived);
        CryptographicOperations.ZeroMemory(derived);
        return secret;
    }
}
