using System.Security.Cryptography;
using Beffroi.Kernel;

namespace Beffroi.Transparency.Escrow;

/// <summary>
/// A customer's escrow key: an HPKE key pair that a seed of 32 random bytes gives. The seed is what is shared; neither is ever on a disk. Not thread-safe.
/// </summary>
public sealed class EscrowPrivateKey : IDisposable
{
    /// <summary>Of the seed, in bytes.</summary>
    public const int SeedLength = 32;

    private const int HeaderLength = 1 + EscrowPublicKey.MarkLength;
    private readonly ECDiffieHellman _key;

    private EscrowPrivateKey(ECDiffieHellman key) => (_key, PublicKey) = (key, new EscrowPublicKey(key));

    /// <summary>What may be given away.</summary>
    public EscrowPublicKey PublicKey { get; }

    /// <summary>
    /// The key pair of a seed. RFC 9180 wants as many bytes as a private key has: HKDF-SHA-512 (RFC 5869; info <c>beffroi/escrow-seed/1</c>, no salt) makes 66 of them, and
    /// keeps the seed apart from whatever else such shares may be used for.
    /// </summary>
    public static EscrowPrivateKey FromSeed(Secret seed)
    {
        ArgumentNullException.ThrowIfNull(seed);
        if (seed.Reveal().Length != SeedLength)
        {
            throw new ArgumentException($"A seed has {SeedLength} bytes.", nameof(seed));
        }

        Span<byte> material = stackalloc byte[Hpke.PrivateKeyLength];
        HKDF.DeriveKey(HashAlgorithmName.SHA512, seed.Reveal(), material, [], "beffroi/escrow-seed/1"u8);
        try
        {
            return new EscrowPrivateKey(Hpke.DeriveKeyPair(material));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(material);
        }
    }

    /// <summary>Opens what was sealed; null if it was sealed to another key, belongs elsewhere or was changed.</summary>
    public Secret? Open(EscrowBinding binding, ReadOnlySpan<byte> blob)
    {
        if (!PublicKey.IsFor(blob) || Hpke.Open(_key, binding.Info, blob[..HeaderLength], blob[HeaderLength..]) is not { } plaintext)
        {
            return null;
        }

        var key = Secret.FromBytes(plaintext);
        CryptographicOperations.ZeroMemory(plaintext);
        return key;
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
