namespace Beffroi.Transparency.Consent;

/// <summary>
/// A person's public key that signs consents to lockbox requests, as a text that its holder and those who audit keep: <c>NAME+ID+BASE64</c> (C2SP signed-note). The private one is either a file on
/// a machine of theirs, where the command line shows what it signs, or a passkey's, which signs what a page asks for. Immutable, safe for concurrent use.
/// </summary>
public abstract class ApproverKey
{
    /// <summary>The most characters of a key's text: a passkey with the longest id and an RSA key of 4096 bits needs fewer.</summary>
    public const int MaxLength = 4000;

    private protected ApproverKey()
    {
    }

    /// <summary>The key's name: <c>ORGANIZATION/ACCOUNT</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The first four bytes of a hash of the rest: an identifier, no protection.</summary>
    public abstract uint Id { get; }

    /// <summary>Whether it is a passkey's; otherwise an Ed25519 key on a machine of its holder's.</summary>
    public abstract bool IsPasskey { get; }

    /// <summary>Reads a key; null if it isn't one, or of a kind that signs no consents.</summary>
    public static ApproverKey? Parse(string text) => text.Length > MaxLength ? null : NoteKey.Parse(text) is { } key ? Of(key) : PasskeyKey.Parse(text);

    /// <summary>A key of a machine's; null if it signs as a witness does, and no texts.</summary>
    public static ApproverKey? Of(NoteKey key) => key.Algorithm == NoteAlgorithm.Ed25519 ? new MachineKey(key) : null;

    /// <summary>Whether this key's signature is below the note, and true. One that is there and false makes the whole note worthless.</summary>
    public bool HasSigned(SignedNote note)
    {
        var own = note.Signatures.Where(s => s.KeyId == Id && s.Name == Name).ToList();
        return own.Count > 0 && own.TrueForAll(s => IsTrue(note.Text, s.Signature.Span));
    }

    /// <summary>The key as text.</summary>
    public abstract override string ToString();

    private protected abstract bool IsTrue(string text, ReadOnlySpan<byte> signature);
}
