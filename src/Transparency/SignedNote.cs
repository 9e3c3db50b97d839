using System.Buffers.Binary;

namespace Beffroi.Transparency;

/// <summary>A signature line of a note.</summary>
/// <param name="Name">The key's name.</param>
/// <param name="KeyId">The key's id; together with the name it tells which key and which kind of signature.</param>
/// <param name="Signature">What the key made of the text; its form depends on the kind.</param>
public sealed record NoteSignature(string Name, uint KeyId, ReadOnlyMemory<byte> Signature)
{
    private const string Dash = "\u2014 ";

    /// <summary>The line, with its newline.</summary>
    public override string ToString()
    {
        var bytes = new byte[sizeof(uint) + Signature.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
        Signature.CopyTo(bytes.AsMemory(sizeof(uint)));
        return $"{Dash}{Name} {Convert.ToBase64String(bytes)}\n";
    }

    internal static NoteSignature? Parse(string line)
    {
        var parts = line.StartsWith(Dash, StringComparison.Ordinal) ? line[Dash.Length..].Split(' ') : [];
        return parts.Length == 2 && NoteKey.IsName(parts[0]) && Base64.Decode(parts[1]) is { Length: > sizeof(uint) } bytes
            ? new NoteSignature(parts[0], BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes.AsMemory(sizeof(uint)))
            : null;
    }
}

/// <summary>A text with signatures below it (C2SP signed-note). Nothing in it counts before a known key's signature was verified.</summary>
/// <param name="Text">What is signed, ending in a newline.</param>
/// <param name="Signatures">Whose, known or not.</param>
public sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    /// <summary>The most characters that <see cref="Parse"/> takes.</summary>
    public const int MaxLength = 100_000;

    /// <summary>The most signatures that <see cref="Parse"/> takes.</summary>
    public const int MaxSignatures = 64;

    /// <summary>Reads a note; null if it isn't one.</summary>
    public static SignedNote? Parse(string note)
    {
        // The last blank line parts text and signatures; the text may have others.
        var end = note.Length > MaxLength ? -1 : note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0 || end + 2 == note.Length || !note.EndsWith('\n') || !IsText(note))
        {
            return null;
        }

        var signatures = new List<NoteSignature>();
        foreach (var line in note[(end + 2)..^1].Split('\n'))
        {
            if (NoteSignature.Parse(line) is not { } signature || signatures.Count == MaxSignatures)
            {
                return null;
            }

            signatures.Add(signature);
        }

        return new SignedNote(note[..(end + 1)], signatures);
    }

    /// <summary>The note as it is sent and kept.</summary>
    public override string ToString() => Text + "\n" + string.Concat(Signatures);

    // Control characters have no place in a note, and half a surrogate pair has no UTF-8.
    private static bool IsText(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if ((text[i] < ' ' && text[i] != '\n') || (char.IsSurrogate(text[i]) && (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[++i]))))
            {
                return false;
            }
        }

        return true;
    }
}
