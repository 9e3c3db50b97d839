using Beffroi.Transparency;

namespace Beffroi.Platform.Lockbox;

/// <summary>Signatures below a consent. Pure.</summary>
internal static class LockboxSignatures
{
    /// <summary>How many different people's signatures are true, each by the key beside it.</summary>
    public static int Signers(string consent, IEnumerable<(string Key, string Signature)> signatures) => signatures
        .Where(s => NoteKey.Parse(s.Key) is { } key && SignedNote.Parse(consent + "\n" + s.Signature + "\n") is { } note && note.Text == consent && key.Verify(note, out _) is not null)
        .Select(s => NoteKey.Parse(s.Key)!.Name).Distinct(StringComparer.Ordinal).Count();
}
