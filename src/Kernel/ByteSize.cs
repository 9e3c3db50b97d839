using System.Globalization;

namespace Beffroi.Kernel;

/// <summary>
/// A quantity of bytes, written as a whole number with a binary suffix (<c>KiB</c>, <c>MiB</c>, <c>GiB</c>, <c>TiB</c>; IEC 80000-13).
/// </summary>
/// <param name="Bytes">The quantity, in bytes; never negative when parsed.</param>
public readonly record struct ByteSize(long Bytes) : IComparable<ByteSize>
{
    private static readonly (string Suffix, long Factor)[] Units =
        [("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10)];

    /// <summary>A quantity of 2^30 bytes.</summary>
    public static ByteSize GiB(long count) => new(count << 30);

    /// <summary>A quantity of 2^20 bytes.</summary>
    public static ByteSize MiB(long count) => new(count << 20);

    /// <summary>Reads e.g. <c>10GiB</c>. No sign, fraction, space or bare number is accepted; nor what exceeds 2^63-1 bytes.</summary>
    public static bool TryParse(string? text, out ByteSize size)
    {
        size = default;
        if (text is null || text.Length > 32)
        {
            return false;
        }

        foreach (var (suffix, factor) in Units)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && long.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                && count <= long.MaxValue / factor)
            {
                size = new ByteSize(count * factor);
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public int CompareTo(ByteSize other) => Bytes.CompareTo(other.Bytes);

    /// <summary>Whether <paramref name="a"/> is the smaller.</summary>
    public static bool operator <(ByteSize a, ByteSize b) => a.Bytes < b.Bytes;

    /// <summary>Whether <paramref name="a"/> is the larger.</summary>
    public static bool operator >(ByteSize a, ByteSize b) => a.Bytes > b.Bytes;

    /// <summary>Whether <paramref name="a"/> is not the larger.</summary>
    public static bool operator <=(ByteSize a, ByteSize b) => a.Bytes <= b.Bytes;

    /// <summary>Whether <paramref name="a"/> is not the smaller.</summary>
    public static bool operator >=(ByteSize a, ByteSize b) => a.Bytes >= b.Bytes;

    /// <summary>The shortest exact form, in the largest unit that divides it; bytes without a suffix where none does.</summary>
    public override string ToString()
    {
        foreach (var (suffix, factor) in Units)
        {
            if (Bytes != 0 && Bytes % factor == 0)
            {
                return (Bytes / factor).ToString(CultureInfo.InvariantCulture) + suffix;
            }
        }

        return Bytes.ToString(CultureInfo.InvariantCulture);
    }
}
