namespace Beffroi.Transparency.Consent;

/// <summary>What the ledger says of one showing: by which consent, and of what. Pure.</summary>
/// <param name="ConsentSha256">Of the consent's text, hexadecimal.</param>
/// <param name="ContentSha256">Of exactly what was shown, hexadecimal.</param>
public sealed record LockboxTrace(string ConsentSha256, string ContentSha256)
{
    private const string Before = "consent sha256:";
    private const string Between = " showed sha256:";

    /// <summary>The words in the ledger.</summary>
    public override string ToString() => Before + ConsentSha256 + Between + ContentSha256;

    /// <summary>Reads them; null if they are others.</summary>
    public static LockboxTrace? Parse(string? text)
    {
        var parts = text is not null && text.StartsWith(Before, StringComparison.Ordinal) ? text[Before.Length..].Split(Between) : [];
        return parts.Length == 2 && Array.TrueForAll(parts, IsDigest) ? new LockboxTrace(parts[0], parts[1]) : null;
    }

    private static bool IsDigest(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);
}
