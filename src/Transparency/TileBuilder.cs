using System.Runtime.InteropServices;

namespace Beffroi.Transparency;

/// <summary>A tree that grows by leaves, and the tiles that change with it. Not safe for concurrent use.</summary>
public sealed class TileBuilder
{
    private readonly List<TreeHash>[] _edge;
    private readonly List<(Tile Tile, byte[] Hashes)> _full = [];

    private TileBuilder(long size, List<TreeHash>[] edge) => (Size, _edge) = (size, edge);

    /// <summary>Leaves.</summary>
    public long Size { get; private set; }

    /// <summary>The root.</summary>
    public TreeHash Root
    {
        get
        {
            TreeHash? hash = null;
            // From the right edge leftwards: on each level, the perfect subtrees of what doesn't fill a tile, the smallest first.
            foreach (var hashes in _edge)
            {
                for (var end = hashes.Count; end > 0;)
                {
                    var count = end & -end;
                    var left = TiledTree.Join(CollectionsMarshal.AsSpan(hashes).Slice(end - count, count));
                    hash = hash is { } right ? TreeHash.OfNode(left, right) : left;
                    end -= count;
                }
            }

            return hash ?? TreeHash.Empty;
        }
    }

    /// <summary>Begins with a tree that is there, of which it reads the tiles on the right edge.</summary>
    /// <exception cref="TileException">A tile is missing or broken.</exception>
    public static async Task<TileBuilder> LoadAsync(TiledTree tree, CancellationToken cancellationToken)
    {
        var edge = new List<TreeHash>[Tile.MaxLevel + 1];
        for (var level = 0; level < edge.Length; level++)
        {
            var nodes = Tile.NodesAt(level, tree.Size);
            edge[level] = nodes % Tile.FullWidth == 0 ? [] : [.. (await tree.ReadAsync(level, nodes / Tile.FullWidth, cancellationToken)).Span];
        }

        return new TileBuilder(tree.Size, edge);
    }

    /// <summary>Begins with nothing.</summary>
    public static TileBuilder Empty() => new(0, [.. Enumerable.Range(0, Tile.MaxLevel + 1).Select(_ => new List<TreeHash>())]);

    /// <summary>Adds the hash of the next leaf.</summary>
    public void Append(TreeHash leaf)
    {
        var hash = leaf;
        var nodes = ++Size;
        for (var level = 0; ; level++)
        {
            var edge = _edge[level];
            edge.Add(hash);
            if (edge.Count < Tile.FullWidth)
            {
                return;
            }

            hash = TiledTree.Join(CollectionsMarshal.AsSpan(edge));
            _full.Add((new Tile(level, (nodes / Tile.FullWidth) - 1, Tile.FullWidth), Bytes(edge)));
            edge.Clear();
            nodes /= Tile.FullWidth;
        }
    }

    /// <summary>The tiles that were filled since the last call, and the partial ones as they are now.</summary>
    public IReadOnlyList<(Tile Tile, byte[] Hashes)> Take()
    {
        var tiles = _full.ToList();
        _full.Clear();
        for (var level = 0; level < _edge.Length; level++)
        {
            if (_edge[level].Count > 0)
            {
                tiles.Add((new Tile(level, Tile.NodesAt(level, Size) / Tile.FullWidth, _edge[level].Count), Bytes(_edge[level])));
            }
        }

        return tiles;
    }

    private static byte[] Bytes(List<TreeHash> hashes)
    {
        var bytes = new byte[hashes.Count * TreeHash.Length];
        for (var i = 0; i < hashes.Count; i++)
        {
            hashes[i].Span.CopyTo(bytes.AsSpan(i * TreeHash.Length));
        }

        return bytes;
    }
}
