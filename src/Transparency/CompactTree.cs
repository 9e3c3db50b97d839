using System.Numerics;

namespace Beffroi.Transparency;

/// <summary>A Merkle tree that only grows and keeps no more than its root needs: the roots of its perfect subtrees. Not safe for concurrent use.</summary>
public sealed class CompactTree
{
    private readonly List<TreeHash> _perfect = [];

    /// <summary>Leaves.</summary>
    public long Size { get; private set; }

    /// <summary>The root.</summary>
    public TreeHash Root
    {
        get
        {
            if (_perfect.Count == 0)
            {
                return TreeHash.Empty;
            }

            var hash = _perfect[^1];
            for (var i = _perfect.Count - 2; i >= 0; i--)
            {
                hash = TreeHash.OfNode(_perfect[i], hash);
            }

            return hash;
        }
    }

    /// <summary>Begins as another tree is now.</summary>
    public static CompactTree CopyOf(CompactTree other)
    {
        var copy = new CompactTree { Size = other.Size };
        copy._perfect.AddRange(other._perfect);
        return copy;
    }

    /// <summary>Adds the hash of the next leaf.</summary>
    public void Append(TreeHash leaf) => Append(leaf, 0);

    /// <summary>Adds the next two to the power of <paramref name="height"/> leaves by the root over them; the tree's size must be a multiple of their number.</summary>
    /// <exception cref="ArgumentException">It isn't.</exception>
    public void Append(TreeHash root, int height)
    {
        if ((Size & ((1L << height) - 1)) != 0)
        {
            throw new ArgumentException($"A subtree of this height can't follow {Size} leaves.", nameof(height));
        }

        // As in counting: each trailing one is a subtree that joins the new one.
        for (var joined = BitOperations.TrailingZeroCount(~(Size >> height)); joined > 0; joined--)
        {
            root = TreeHash.OfNode(_perfect[^1], root);
            _perfect.RemoveAt(_perfect.Count - 1);
        }

        _perfect.Add(root);
        Size += 1L << height;
    }
}
