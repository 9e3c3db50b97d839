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

    /// <summary>Adds the hash of the next leaf.</summary>
    public void Append(TreeHash leaf)
    {
        // As in counting: each trailing one is a subtree that joins the new one.
        for (var joined = BitOperations.TrailingZeroCount(~Size); joined > 0; joined--)
        {
            leaf = TreeHash.OfNode(_perfect[^1], leaf);
            _perfect.RemoveAt(_perfect.Count - 1);
        }

        _perfect.Add(leaf);
        Size++;
    }
}
