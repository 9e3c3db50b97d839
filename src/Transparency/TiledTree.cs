using System.Numerics;

namespace Beffroi.Transparency;

/// <summary>
/// A Merkle tree of a given size, as its tiles tell it: computes its root and its proofs (RFC 6962, section 2.1). What it computes
/// is only as true as the tiles; compare the root with a signed one. Keeps up to 8 MiB of the tiles it has read. Not safe for concurrent use.
/// </summary>
/// <param name="tiles">Where the tiles are.</param>
/// <param name="size">Leaves in the tree, 0 or more.</param>
public sealed class TiledTree(ITileSource tiles, long size)
{
    private const int TileHeight = 8;
    private const int MaxRead = 1024;
    private readonly Dictionary<Tile, TreeHash[]> _read = [];

    /// <summary>Leaves.</summary>
    public long Size => size;

    /// <summary>The root.</summary>
    /// <exception cref="TileException">A tile is missing or broken; so in all methods.</exception>
    public ValueTask<TreeHash> RootAsync(CancellationToken cancellationToken) => RootAtAsync(size, cancellationToken);

    /// <summary>The root that the tree had with its first leaves only.</summary>
    /// <param name="earlier">How many, 0 to <see cref="Size"/>.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async ValueTask<TreeHash> RootAtAsync(long earlier, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(earlier, size);
        return earlier == 0 ? TreeHash.Empty : await RangeAsync(0, earlier, cancellationToken);
    }

    /// <summary>The hash of a leaf.</summary>
    public ValueTask<TreeHash> LeafAsync(long index, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        return NodeAsync(0, index, cancellationToken);
    }

    /// <summary>The proof that the leaf is in the tree: its sibling first (RFC 6962, section 2.1.1).</summary>
    public async ValueTask<IReadOnlyList<TreeHash>> InclusionProofAsync(long index, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var proof = new List<TreeHash>();
        var (start, end) = (0L, size);
        while (end - start > 1)
        {
            var middle = start + LargestPowerBelow(end - start);
            if (index < middle)
            {
                proof.Add(await RangeAsync(middle, end, cancellationToken));
                end = middle;
            }
            else
            {
                proof.Add(await RangeAsync(start, middle, cancellationToken));
                start = middle;
            }
        }

        proof.Reverse();
        return proof;
    }

    /// <summary>The proof that the tree begins with all of the one it was with <paramref name="earlier"/> leaves (RFC 6962, section 2.1.2).</summary>
    public async ValueTask<IReadOnlyList<TreeHash>> ConsistencyProofAsync(long earlier, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(earlier);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(earlier, size);
        var proof = new List<TreeHash>();
        if (earlier == 0 || earlier == size)
        {
            return proof;
        }

        var (start, end, whole) = (0L, size, true);
        while (end != earlier)
        {
            var middle = start + LargestPowerBelow(end - start);
            if (earlier <= middle)
            {
                proof.Add(await RangeAsync(middle, end, cancellationToken));
                end = middle;
            }
            else
            {
                proof.Add(await RangeAsync(start, middle, cancellationToken));
                (start, whole) = (middle, false);
            }
        }

        if (!whole)
        {
            proof.Add(await RangeAsync(start, end, cancellationToken));
        }

        proof.Reverse();
        return proof;
    }

    /// <summary>The hashes of a tile of this tree.</summary>
    public async ValueTask<ReadOnlyMemory<TreeHash>> ReadAsync(int level, long index, CancellationToken cancellationToken)
    {
        var tile = Tile.Of(level, index, size) ?? throw new ArgumentOutOfRangeException(nameof(index), "The tree has no such tile.");
        if (_read.TryGetValue(tile, out var hashes))
        {
            return hashes;
        }

        var bytes = await tiles.ReadAsync(tile, cancellationToken) ?? throw new TileException(tile, $"{tile} is missing.");
        if (bytes.Length != tile.Width * TreeHash.Length)
        {
            throw new TileException(tile, $"{tile} has {bytes.Length} bytes and not {tile.Width * TreeHash.Length}.");
        }

        // A log of a hundred million entries has half a million tiles.
        if (_read.Count == MaxRead)
        {
            _read.Clear();
        }

        hashes = new TreeHash[tile.Width];
        for (var i = 0; i < hashes.Length; i++)
        {
            hashes[i] = new TreeHash(bytes.AsSpan(i * TreeHash.Length, TreeHash.Length));
        }

        return _read[tile] = hashes;
    }

    // The subtree over leaves start to end, of which start is where a perfect subtree of that height may begin: the perfect
    // subtrees that it consists of, the largest first, joined from the right.
    private async ValueTask<TreeHash> RangeAsync(long start, long end, CancellationToken cancellationToken)
    {
        var parts = new List<TreeHash>();
        while (start < end)
        {
            var height = BitOperations.Log2((ulong)(end - start));
            parts.Add(await NodeAsync(height, start >> height, cancellationToken));
            start += 1L << height;
        }

        var hash = parts[^1];
        for (var i = parts.Count - 2; i >= 0; i--)
        {
            hash = TreeHash.OfNode(parts[i], hash);
        }

        return hash;
    }

    // The root of a perfect subtree: some hashes of one tile, joined in pairs.
    private async ValueTask<TreeHash> NodeAsync(int height, long index, CancellationToken cancellationToken)
    {
        var (level, above) = (height / TileHeight, height % TileHeight);
        var first = index << above;
        var tile = await ReadAsync(level, first / Tile.FullWidth, cancellationToken);
        return Join(tile.Span.Slice((int)(first % Tile.FullWidth), 1 << above));
    }

    /// <summary>The root over a power of two of hashes.</summary>
    internal static TreeHash Join(ReadOnlySpan<TreeHash> hashes)
    {
        if (hashes.Length == 1)
        {
            return hashes[0];
        }

        Span<TreeHash> level = stackalloc TreeHash[Tile.FullWidth / 2];
        var count = hashes.Length / 2;
        for (var i = 0; i < count; i++)
        {
            level[i] = TreeHash.OfNode(hashes[2 * i], hashes[(2 * i) + 1]);
        }

        for (; count > 1; count /= 2)
        {
            for (var i = 0; i < count / 2; i++)
            {
                level[i] = TreeHash.OfNode(level[2 * i], level[(2 * i) + 1]);
            }
        }

        return level[0];
    }

    private static long LargestPowerBelow(long count) => 1L << BitOperations.Log2((ulong)(count - 1));
}
