using System.Buffers.Binary;
using System.Text;
using NSec.Cryptography;

namespace Beffroi.Transparency;

/// <summary>A private key that signs notes; in memory that libsodium guards, cleared when disposed. Safe for concurrent use.</summary>
public sealed class NoteSigner : IDisposable
{
    private readonly Key _key;

    private NoteSigner(string name, NoteAlgorithm algorithm, Key key)
    {
        _key = key;
        PublicKey = new NoteKey(name, algorithm, key.PublicKey);
    }

    /// <summary>The key that verifies.</summary>
    public NoteKey PublicKey { get; }

    /// <summary>Makes a new key.</summary>
    /// <exception cref="ArgumentException">The name is empty, or has spaces or a plus; so in <see cref="Import"/>.</exception>
    public static NoteSigner Generate(string name, NoteAlgorithm algorithm) =>
        Create(name, algorithm, Key.Create(SignatureAlgorithm.Ed25519, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport }));

    /// <summary>Takes the 32 bytes (a seed, RFC 8032 section 5.1.5) that <see cref="Export"/> gave.</summary>
    public static NoteSigner Import(string name, NoteAlgorithm algorithm, ReadOnlySpan<byte> seed) =>
        Create(name, algorithm, Key.Import(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey));

    /// <summary>The 32 bytes of a generated key, which the caller seals and clears.</summary>
    public byte[] Export() => _key.Export(KeyBlobFormat.RawPrivateKey);

    /// <summary>Signs a text as a log does.</summary>
    public NoteSignature Sign(string text) =>
        new(PublicKey.Name, PublicKey.Id, SignatureAlgorithm.Ed25519.Sign(_key, Encoding.UTF8.GetBytes(text)));

    /// <summary>Signs a text as a witness does, as of a time with whole seconds.</summary>
    public NoteSignature Cosign(string text, DateTimeOffset time)
    {
        var seconds = (ulong)time.ToUnixTimeSeconds();
        var signature = new byte[sizeof(ulong) + SignatureAlgorithm.Ed25519.SignatureSize];
        BinaryPrimitives.WriteUInt64BigEndian(signature, seconds);
        SignatureAlgorithm.Ed25519.Sign(_key, NoteKey.CosignedMessage(seconds, text), signature.AsSpan(sizeof(ulong)));
        return new(PublicKey.Name, PublicKey.Id, signature);
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static NoteSigner Create(string name, NoteAlgorithm algorithm, Key key)
    {
        if (!NoteKey.IsName(name))
        {
            key.Dispose();
            throw new ArgumentException($"'{name}' can't name a key.", nameof(name));
        }

        return new NoteSigner(name, algorithm, key);
    }
}
