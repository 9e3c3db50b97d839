using System.Globalization;

namespace Beffroi.Transparency;

/// <summary>
/// The address of a tile: up to 256 consecutive hashes of one level in eight of a Merkle tree, or the entries below those of level 0
/// (C2SP tlog-tiles). The level of entries is <see cref="Entries"/>.
/// </summary>
/// <param name="Level">0 to 7, or <see cref="Entries"/>. Level 0 has the leaves' hashes; each above, the roots of full tiles below.</param>
/// <param name="Index">Its number in its level, from 0.</param>
/// <param name="Width">How many hashes or entries it has, 1 to 256; below 256 it is a partial tile.</param>
public readonly record struct Tile(int Level, long Index, int Width)
{
    /// <summary>Hashes in a full tile.</summary>
    public const int FullWidth = 256;

    /// <summary>The highest level that a tree of up to 2^63 leaves has.</summary>
    public const int MaxLevel = 7;

    /// <summary>The level of the entries themselves.</summary>
    public const int Entries = -1;

    /// <summary>The first leaf that isn't this tile's or before it.</summary>
    public long End => (Index * FullWidth) + Width;

    /// <summary>The path below a log's prefix: <c>tile/1/x001/x234/067.p/5</c>.</summary>
    public string Path
    {
        get
        {
            var groups = (Index % 1000).ToString("d3", CultureInfo.InvariantCulture);
            for (var rest = Index / 1000; rest > 0; rest /= 1000)
            {
                groups = string.Create(CultureInfo.InvariantCulture, $"x{rest % 1000:d3}/{groups}");
            }

            var level = Level == Entries ? "entries" : Level.ToString(CultureInfo.InvariantCulture);
            return $"tile/{level}/{groups}" + (Width == FullWidth ? "" : string.Create(CultureInfo.InvariantCulture, $".p/{Width}"));
        }
    }

    /// <summary>How many nodes of a level a tree has.</summary>
    public static long NodesAt(int level, long size) => level > MaxLevel ? 0 : size >> (8 * Math.Max(0, level));

    /// <summary>The tile with this number as a tree of <paramref name="size"/> leaves has it; null if it has none.</summary>
    public static Tile? Of(int level, long index, long size)
    {
        var width = Math.Min(FullWidth, NodesAt(level, size) - (index * FullWidth));
        return width > 0 ? new Tile(level, index, (int)width) : null;
    }

    /// <summary>Reads a path; null if it isn't one in its only valid form.</summary>
    public static Tile? Parse(string path)
    {
        var parts = path.Split('/');
        if (parts.Length is < 3 or > 11 || parts[0] != "tile")
        {
            return null;
        }

        int level;
        if (parts[1] == "entries")
        {
            level = Entries;
        }
        else if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out level) || level > MaxLevel)
        {
            return null;
        }

        var width = FullWidth;
        var last = parts.Length;
        if (parts[^2].EndsWith(".p", StringComparison.Ordinal))
        {
            if (!int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out width))
            {
                return null;
            }

            parts[^2] = parts[^2][..^2];
            last--;
        }

        var index = 0L;
        for (var i = 2; i < last; i++)
        {
            var digits = i == last - 1 ? parts[i] : parts[i].TrimStart('x');
            if (digits.Length != 3 || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var group) || index > long.MaxValue / 1_000_000)
            {
                return null;
            }

            index = (index * 1000) + group;
        }

        var tile = new Tile(level, index, width);
        // One spelling only: whatever was let through above that this wouldn't write is no path.
        return width is >= 1 and <= FullWidth && tile.Path == path ? tile : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Path;
}
