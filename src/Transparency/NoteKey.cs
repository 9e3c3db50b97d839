using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;

namespace Beffroi.Transparency;

/// <summary>How a key signs notes.</summary>
public enum NoteAlgorithm
{
    /// <summary>Ed25519 over the text: what a log does (C2SP signed-note).</summary>
    Ed25519 = 0x01,

    /// <summary>Ed25519 over a time and the text: what a witness does (C2SP tlog-cosignature).</summary>
    Cosignature = 0x04,
}

/// <summary>A public key that verifies notes, with its name; written as <c>NAME+ID+BASE64</c> (a "vkey"). Safe for concurrent use.</summary>
public sealed class NoteKey
{
    private const int SignatureLength = 64;
    private readonly PublicKey _key;

    internal NoteKey(string name, NoteAlgorithm algorithm, PublicKey key)
    {
        (Name, Algorithm, _key) = (name, algorithm, key);
        Id = IdOf(name, algorithm, key.Export(KeyBlobFormat.RawPublicKey));
    }

    /// <summary>The key's name; a log's is its origin.</summary>
    public string Name { get; }

    /// <summary>How it signs.</summary>
    public NoteAlgorithm Algorithm { get; }

    /// <summary>The first four bytes of a hash of the rest: an identifier, no protection.</summary>
    public uint Id { get; }

    /// <summary>Reads a key; null if it isn't one, or of a kind that isn't known here.</summary>
    public static NoteKey? Parse(string text)
    {
        var parts = text.Split('+', 3);
        if (parts.Length != 3 || !IsName(parts[0]) || parts[1].Length != 8
            || !uint.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id)
            || Base64.Decode(parts[2]) is not { Length: 33 } bytes || !Enum.IsDefined((NoteAlgorithm)bytes[0])
            || !PublicKey.TryImport(SignatureAlgorithm.Ed25519, bytes.AsSpan(1), KeyBlobFormat.RawPublicKey, out var key) || key is null)
        {
            return null;
        }

        var found = new NoteKey(parts[0], (NoteAlgorithm)bytes[0], key);
        return found.Id == id && found.ToString() == text ? found : null;
    }

    /// <summary>This key's signature on the note, if it is there and true. One that is there and false makes <paramref name="forged"/> true, and the whole note worthless.</summary>
    public NoteSignature? Verify(SignedNote note, out bool forged)
    {
        forged = false;
        NoteSignature? found = null;
        foreach (var signature in note.Signatures.Where(s => s.KeyId == Id && s.Name == Name))
        {
            if (IsTrue(note.Text, signature.Signature.Span))
            {
                found = signature;
            }
            else
            {
                forged = true;
            }
        }

        return forged ? null : found;
    }

    /// <summary>When a witness signed, to the second, UTC; of a verified signature of a <see cref="NoteAlgorithm.Cosignature"/> key.</summary>
    public static DateTimeOffset TimeOf(NoteSignature cosignature) =>
        DateTimeOffset.FromUnixTimeSeconds((long)BinaryPrimitives.ReadUInt64BigEndian(cosignature.Signature.Span));

    /// <summary>The key as text.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Name}+{Id:x8}+{Convert.ToBase64String([(byte)Algorithm, .. _key.Export(KeyBlobFormat.RawPublicKey)])}");

    internal static bool IsName(string name) => name.Length is > 0 and <= 255 && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '+');

    internal static uint IdOf(string name, NoteAlgorithm algorithm, ReadOnlySpan<byte> key) =>
        BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', (byte)algorithm, .. key]));

    /// <summary>What a witness signs: a header, the time and the text.</summary>
    internal static byte[] CosignedMessage(ulong time, string text) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"cosignature/v1\ntime {time}\n{text}"));

    internal bool IsTrue(string text, ReadOnlySpan<byte> signature)
    {
        if (Algorithm == NoteAlgorithm.Ed25519)
        {
            return signature.Length == SignatureLength && SignatureAlgorithm.Ed25519.Verify(_key, Encoding.UTF8.GetBytes(text), signature);
        }

        // A time beyond what a date holds (the year 9999) is no time.
        return signature.Length == sizeof(ulong) + SignatureLength
            && BinaryPrimitives.ReadUInt64BigEndian(signature) is var time && time <= (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            && SignatureAlgorithm.Ed25519.Verify(_key, CosignedMessage(time, text), signature[sizeof(ulong)..]);
    }
}
