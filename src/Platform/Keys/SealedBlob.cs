using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Beffroi.Platform.Keys;

/// <summary>
/// AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. Version 1 of the format:
/// <c>0x01 | fingerprint of the key (8) | nonce (12) | ciphertext | tag (16)</c>. Everything before the ciphertext is
/// authenticated with it, and so is the context that the caller gives.
/// </summary>
internal static class SealedBlob
{
    public const int FingerprintLength = 8;
    private const byte Version = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int HeaderLength = 1 + FingerprintLength + NonceLength;

    /// <summary>Tells keys apart without telling anything of them: 8 bytes of a hash of 32 random ones.</summary>
    public static byte[] Fingerprint(ReadOnlySpan<byte> key) =>
        SHA256.HashData([.. "beffroi/key-fingerprint/1"u8, .. key])[..FingerprintLength];

    public static byte[] Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> context, ReadOnlySpan<byte> plaintext)
    {
        var blob = new byte[HeaderLength + plaintext.Length + TagLength];
        blob[0] = Version;
        Fingerprint(key).CopyTo(blob, 1);
        var header = blob.AsSpan(0, HeaderLength);
        RandomNumberGenerator.Fill(header[^NonceLength..]);
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(header[^NonceLength..], plaintext, blob.AsSpan(HeaderLength, plaintext.Length), blob.AsSpan()[^TagLength..], [.. header, .. context]);
        return blob;
    }

    /// <summary>The plaintext, which the caller clears; null if the blob, the key or the context isn't the one that was sealed.</summary>
    public static byte[]? Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> context, ReadOnlySpan<byte> blob)
    {
        if (blob.Length < HeaderLength + TagLength || blob[0] != Version || !IsUnder(key, blob))
        {
            return null;
        }

        var header = blob[..HeaderLength];
        var plaintext = new byte[blob.Length - HeaderLength - TagLength];
        using var aes = new AesGcm(key, TagLength);
        try
        {
            aes.Decrypt(header[^NonceLength..], blob[HeaderLength..^TagLength], blob[^TagLength..], plaintext, [.. header, .. context]);
            return plaintext;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <summary>Whether the blob says that it was sealed under this key.</summary>
    public static bool IsUnder(ReadOnlySpan<byte> key, ReadOnlySpan<byte> blob) =>
        blob.Length >= HeaderLength && blob.Slice(1, FingerprintLength).SequenceEqual(Fingerprint(key));

    /// <summary>Whether a blob of any provider says that it is under this key: a format byte and the key's fingerprint come first in all of them.</summary>
    public static bool IsUnder(Providers.ProviderKey key, ReadOnlySpan<byte> blob) =>
        blob.Length > 1 + FingerprintLength && blob.Slice(1, FingerprintLength).SequenceEqual(key.Fingerprint);

    /// <summary>Fixed-length parts first, so that no two contexts have the same bytes.</summary>
    public static byte[] Context(string domain, Guid first, Guid second, int generation, string name)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, generation);
        return [.. Encoding.UTF8.GetBytes(domain), 0, .. first.ToByteArray(bigEndian: true), .. second.ToByteArray(bigEndian: true), .. number, .. Encoding.UTF8.GetBytes(name)];
    }
}
