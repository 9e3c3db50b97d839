using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;

namespace Beffroi.Transparency;

/// <summary>
/// A private key for notes as text that a passphrase opens: Argon2id (RFC 9106, 64 MiB, three passes) and XChaCha20-Poly1305, which binds the ciphertext to the public key beside it.
/// </summary>
public static class SealedSigner
{
    private const string Header = "beffroi sealed note key v1";
    private const int SaltLength = 16;

    private static readonly PasswordBasedKeyDerivationAlgorithm Derivation =
        PasswordBasedKeyDerivationAlgorithm.Argon2id(new Argon2Parameters { DegreeOfParallelism = 1, MemorySize = 65_536, NumberOfPasses = 3 });

    private static readonly AeadAlgorithm Cipher = AeadAlgorithm.XChaCha20Poly1305;

    /// <summary>Seals a key that was generated here.</summary>
    public static string Seal(NoteSigner signer, string passphrase)
    {
        var (salt, nonce) = (RandomNumberGenerator.GetBytes(SaltLength), RandomNumberGenerator.GetBytes(Cipher.NonceSize));
        var seed = signer.Export();
        using var key = Derive(passphrase, salt);
        var text = Cipher.Encrypt(key, nonce, Bound(signer.PublicKey), seed);
        CryptographicOperations.ZeroMemory(seed);
        return $"{Header}\n{signer.PublicKey}\n{Convert.ToBase64String([.. salt, .. nonce, .. text])}\n";
    }

    /// <summary>The public key of a sealed one, which no passphrase guards; null if the text is none.</summary>
    public static NoteKey? PublicKeyOf(string text) => Read(text)?.Key;

    /// <summary>Opens a sealed key; null if the passphrase is another, or the text none or a changed one.</summary>
    public static NoteSigner? Open(string text, string passphrase)
    {
        if (Read(text) is not var (publicKey, sealedBytes))
        {
            return null;
        }

        using var key = Derive(passphrase, sealedBytes.AsSpan(0, SaltLength));
        var seed = Cipher.Decrypt(key, sealedBytes.AsSpan(SaltLength, Cipher.NonceSize), Bound(publicKey), sealedBytes.AsSpan(SaltLength + Cipher.NonceSize));
        if (seed is null)
        {
            return null;
        }

        var signer = NoteSigner.Import(publicKey.Name, publicKey.Algorithm, seed);
        CryptographicOperations.ZeroMemory(seed);
        return signer;
    }

    private static (NoteKey Key, byte[] Sealed)? Read(string text) =>
        text.Length < 2000 && text.Split('\n') is [Header, var line, var bytes, ""] && NoteKey.Parse(line) is { } key
        && Base64.Decode(bytes) is { } found && found.Length == SaltLength + Cipher.NonceSize + 32 + Cipher.TagSize
            ? (key, found) : null;

    private static Key Derive(string passphrase, ReadOnlySpan<byte> salt) => Derivation.DeriveKey(Encoding.UTF8.GetBytes(passphrase), salt, Cipher);

    private static byte[] Bound(NoteKey key) => Encoding.UTF8.GetBytes(key.ToString());
}
