namespace Beffroi.Transparency;

/// <summary>Base64 (RFC 4648, section 4) that takes one text only for the same bytes: what is signed must not have two spellings.</summary>
internal static class Base64
{
    public static byte[]? Decode(ReadOnlySpan<char> text)
    {
        var bytes = new byte[(text.Length / 4 * 3) + 3];
        return Convert.TryFromBase64Chars(text, bytes, out var written) && text.SequenceEqual(Convert.ToBase64String(bytes, 0, written)) ? bytes[..written] : null;
    }
}
