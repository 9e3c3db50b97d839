using System.Security.Cryptography;
using Beffroi.Kernel;

namespace Beffroi.Transparency.Escrow;

/// <summary>
/// The public half of a customer's escrow key: P-521, as PEM of a SubjectPublicKeyInfo (RFC 5480, RFC 7468). It seals; only the customer's shares open. Immutable.
/// </summary>
public sealed class EscrowPublicKey
{
    /// <summary>How many bytes of the fingerprint a sealed key names its escrow key by.</summary>
    public const int MarkLength = 8;

    private const byte Format = 1;
    private const int HeaderLength = 1 + MarkLength;
    private readonly byte[] _wire;
    private readonly byte[] _fingerprint;

    internal EscrowPublicKey(ECDiffieHellman key)
    {
        _wire = Hpke.PublicKey(key);
        Pem = key.ExportSubjectPublicKeyInfoPem() + "\n";
        _fingerprint = SHA256.HashData(key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>PEM, with a line feed at its end.</summary>
    public string Pem { get; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, 64 hexadecimal digits: what people compare.</summary>
    public string Fingerprint => Convert.ToHexStringLower(_fingerprint);

    /// <summary>The first <see cref="MarkLength"/> bytes of the fingerprint.</summary>
    public byte[] Mark => _fingerprint[..MarkLength];

    /// <summary>Reads one; null if the text isn't a PEM public key on P-521.</summary>
    public static EscrowPublicKey? Parse(string? pem)
    {
        if (pem is null || pem.Length > 2000)
        {
            return null;
        }

        using var key = ECDiffieHellman.Create();
        try
        {
            // ImportFromPem takes private keys too, and nobody shall hand one over by mistake.
            if (!PemEncoding.TryFind(pem, out var found) || pem.AsSpan()[found.Label] is not "PUBLIC KEY")
            {
                return null;
            }

            key.ImportFromPem(pem);
            if (key.KeySize != 521)
            {
                return null;
            }

            // Read once more, as a point of the named curve: a key may bring another curve of that size with it.
            using var named = Hpke.PublicKey(Hpke.PublicKey(key));
            return new EscrowPublicKey(named);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Seals a key: <c>0x01 | mark (8) | encapsulation (133) | ciphertext | tag (16)</c>.</summary>
    public byte[] Seal(EscrowBinding binding, Secret key)
    {
        byte[] header = [Format, .. Mark];
        return [.. header, .. Hpke.Seal(_wire, binding.Info, header, key.Reveal())];
    }

    /// <summary>Whether a sealed key says that it is sealed to this one.</summary>
    public bool IsFor(ReadOnlySpan<byte> blob) => blob.Length > HeaderLength && blob[0] == Format && blob.Slice(1, MarkLength).SequenceEqual(Mark);
}
