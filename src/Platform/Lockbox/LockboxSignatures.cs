using Beffroi.Transparency;
using Beffroi.Transparency.Consent;

namespace Beffroi.Platform.Lockbox;

/// <summary>Signatures below a consent. Pure.</summary>
internal static class LockboxSignatures
{
    /// <summary>The longest signature line, in characters: a passkey's with an RSA key of 4096 bits and what a browser adds needs fewer.</summary>
    public const int LongestLine = 6000;

    /// <summary>The text with one signature line below it; null if that is none, or several.</summary>
    public static SignedNote? Note(string text, string line) =>
        line.Length <= LongestLine && SignedNote.Parse(text + "\n" + line.TrimEnd('\n') + "\n") is { Signatures.Count: 1 } note && note.Text == text ? note : null;

    /// <summary>The keys whose signatures are true.</summary>
    /// <param name="consent">The text.</param>
    /// <param name="signatures">Each with the key that it is said to be by.</param>
    /// <param name="passkeys">Whether those of passkeys count.</param>
    public static List<ApproverKey> Signers(string consent, IEnumerable<(string Key, string Signature)> signatures, bool passkeys) =>
        [.. signatures.Where(s => ApproverKey.Parse(s.Key) is { } key && (passkeys || !key.IsPasskey) && Note(consent, s.Signature) is { } note && key.HasSigned(note)).Select(s => ApproverKey.Parse(s.Key)!)];
}
