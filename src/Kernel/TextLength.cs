namespace Beffroi.Kernel;

/// <summary>Cuts text to a length. Thread-safe.</summary>
public static class TextLength
{
    /// <summary>
    /// The beginning of a text, at most so long; one character shorter where the cut would leave half of a surrogate pair, which neither UTF-8 (RFC 3629) nor canonical JSON (RFC 8785) can hold.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="max">The length at most, in UTF-16 code units; at least 1.</param>
    public static string Shortened(this string text, int max)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        return text.Length <= max ? text : text[..(char.IsHighSurrogate(text[max - 1]) ? max - 1 : max)];
    }
}
