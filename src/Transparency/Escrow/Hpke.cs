using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Beffroi.Transparency.Escrow;

/// <summary>
/// Hybrid public key encryption (RFC 9180) in base mode, single shot, of one suite: DHKEM(P-521, HKDF-SHA512), HKDF-SHA512, AES-256-GCM. Curve, hash and
/// cipher are .NET's. Stateless and safe for concurrent use.
/// </summary>
internal static class Hpke
{
    public const int PrivateKeyLength = 66;

    /// <summary>Of a public key and of what an encapsulation adds: an uncompressed point (SEC 1, 2.3.3).</summary>
    public const int PublicKeyLength = 133;

    public const int TagLength = 16;

    private const int SharedSecretLength = 64;
    private const int CipherKeyLength = 32;
    private const int NonceLength = 12;
    private const int CoordinateLength = 66;

    private static readonly BigInteger Order = new(
        Convert.FromHexString("01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409"), isUnsigned: true, isBigEndian: true);

    private static ReadOnlySpan<byte> KemSuite => "KEM\x00\x12"u8;

    private static ReadOnlySpan<byte> Suite => "HPKE\x00\x12\x00\x03\x00\x02"u8;

    /// <summary>DeriveKeyPair (7.1.3).</summary>
    public static ECDiffieHellman DeriveKeyPair(ReadOnlySpan<byte> material)
    {
        var key = LabeledExtract(KemSuite, [], "dkp_prk"u8, material);
        for (var counter = 0; counter < 256; counter++)
        {
            var candidate = LabeledExpand(KemSuite, key, "candidate"u8, [(byte)counter], PrivateKeyLength);
            candidate[0] &= 0x01;
            var number = new BigInteger(candidate, isUnsigned: true, isBigEndian: true);
            if (!number.IsZero && number < Order)
            {
                CryptographicOperations.ZeroMemory(key);
                return Import(candidate);
            }
        }

        throw new CryptographicException("No key pair can be derived from this.");
    }

    /// <summary>A private key from its number; clears that.</summary>
    public static ECDiffieHellman Import(byte[] privateKey)
    {
        try
        {
            return ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP521, D = privateKey });
        }
        finally
        {
            CryptographicOperations.ZeroMemory(privateKey);
        }
    }

    /// <summary>The public key, as it is written on the wire.</summary>
    public static byte[] PublicKey(ECDiffieHellman key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return [0x04, .. point.X!, .. point.Y!];
    }

    /// <summary>The reverse; throws <see cref="CryptographicException"/> if it is no point of the curve.</summary>
    public static ECDiffieHellman PublicKey(ReadOnlySpan<byte> wire) => wire.Length == PublicKeyLength && wire[0] == 0x04
        ? ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP521,
            Q = new ECPoint { X = wire.Slice(1, CoordinateLength).ToArray(), Y = wire[(1 + CoordinateLength)..].ToArray() },
        })
        : throw new CryptographicException("This is no point of P-521.");

    /// <summary>SealBase: the encapsulation, then the ciphertext with its tag.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> recipient, ReadOnlySpan<byte> info, ReadOnlySpan<byte> additional, ReadOnlySpan<byte> plaintext)
    {
        using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP521);
        return Seal(ephemeral, recipient, info, additional, plaintext);
    }

    /// <summary>With an ephemeral key that is given, for published vectors. One that is used twice gives both plaintexts away.</summary>
    internal static byte[] Seal(ECDiffieHellman ephemeral, ReadOnlySpan<byte> recipient, ReadOnlySpan<byte> info, ReadOnlySpan<byte> additional, ReadOnlySpan<byte> plaintext)
    {
        var encapsulated = PublicKey(ephemeral);
        using var other = PublicKey(recipient);
        var (key, nonce) = Schedule(ephemeral, other, encapsulated, recipient, info);
        var blob = new byte[PublicKeyLength + plaintext.Length + TagLength];
        encapsulated.CopyTo(blob, 0);
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(nonce, plaintext, blob.AsSpan(PublicKeyLength, plaintext.Length), blob.AsSpan()[^TagLength..], additional);
        CryptographicOperations.ZeroMemory(key);
        return blob;
    }

    /// <summary>OpenBase: the plaintext, which the caller clears; null if blob, key, info or additional data are others.</summary>
    public static byte[]? Open(ECDiffieHellman recipient, ReadOnlySpan<byte> info, ReadOnlySpan<byte> additional, ReadOnlySpan<byte> blob)
    {
        if (blob.Length < PublicKeyLength + TagLength)
        {
            return null;
        }

        var plaintext = new byte[blob.Length - PublicKeyLength - TagLength];
        try
        {
            using var other = PublicKey(blob[..PublicKeyLength]);
            var (key, nonce) = Schedule(recipient, other, blob[..PublicKeyLength], PublicKey(recipient), info);
            using var aes = new AesGcm(key, TagLength);
            CryptographicOperations.ZeroMemory(key);
            aes.Decrypt(nonce, blob[PublicKeyLength..^TagLength], blob[^TagLength..], plaintext, additional);
            return plaintext;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    // Encap/Decap (4.1), then KeySchedule (5.1) in base mode; of the context only the first message's key and nonce.
    private static (byte[] Key, byte[] Nonce) Schedule(
        ECDiffieHellman mine, ECDiffieHellman other, ReadOnlySpan<byte> encapsulated, ReadOnlySpan<byte> recipient, ReadOnlySpan<byte> info)
    {
        using var publicKey = other.PublicKey;
        var agreed = mine.DeriveRawSecretAgreement(publicKey);
        var extracted = LabeledExtract(KemSuite, [], "eae_prk"u8, agreed);
        var shared = LabeledExpand(KemSuite, extracted, "shared_secret"u8, [.. encapsulated, .. recipient], SharedSecretLength);
        byte[] context = [0x00, .. LabeledExtract(Suite, [], "psk_id_hash"u8, []), .. LabeledExtract(Suite, [], "info_hash"u8, info)];
        var secret = LabeledExtract(Suite, shared, "secret"u8, []);
        var schedule = (LabeledExpand(Suite, secret, "key"u8, context, CipherKeyLength), LabeledExpand(Suite, secret, "base_nonce"u8, context, NonceLength));
        foreach (var bytes in (byte[][])[agreed, extracted, shared, secret])
        {
            CryptographicOperations.ZeroMemory(bytes);
        }

        return schedule;
    }

    private static byte[] LabeledExtract(ReadOnlySpan<byte> suite, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> label, ReadOnlySpan<byte> material)
    {
        byte[] labeled = [.. "HPKE-v1"u8, .. suite, .. label, .. material];
        var key = new byte[SHA512.HashSizeInBytes];
        HKDF.Extract(HashAlgorithmName.SHA512, labeled, salt, key);
        CryptographicOperations.ZeroMemory(labeled);
        return key;
    }

    private static byte[] LabeledExpand(ReadOnlySpan<byte> suite, byte[] key, ReadOnlySpan<byte> label, ReadOnlySpan<byte> info, int length)
    {
        Span<byte> number = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(number, (ushort)length);
        var expanded = new byte[length];
        HKDF.Expand(HashAlgorithmName.SHA512, key, expanded, [.. number, .. "HPKE-v1"u8, .. suite, .. label, .. info]);
        return expanded;
    }
}
