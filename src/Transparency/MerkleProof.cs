using System.Numerics;

namespace Beffroi.Transparency;

/// <summary>Checks proofs as RFC 9162 does (its sections 2.1.3.2 and 2.1.4.2; they are the proofs of RFC 6962).</summary>
public static class MerkleProof
{
    /// <summary>The most hashes that a proof of either kind has in a tree of up to 2^63 leaves.</summary>
    public const int MaxLength = 64;

    /// <summary>Whether <paramref name="leaf"/> is the leaf number <paramref name="index"/> (from 0) of the tree with this size and root.</summary>
    public static bool VerifyInclusion(long index, long size, in TreeHash leaf, IReadOnlyList<TreeHash> proof, in TreeHash root)
    {
        if (index < 0 || index >= size)
        {
            return false;
        }

        var (first, last, hash) = (index, size - 1, leaf);
        foreach (var sibling in proof)
        {
            if (last == 0)
            {
                return false;
            }

            if ((first & 1) == 1 || first == last)
            {
                hash = TreeHash.OfNode(sibling, hash);
                SkipRightEdge(ref first, ref last);
            }
            else
            {
                hash = TreeHash.OfNode(hash, sibling);
            }

            first >>= 1;
            last >>= 1;
        }

        return last == 0 && hash == root;
    }

    /// <summary>Whether the tree with the new size and root begins with all of the old one. Any tree begins with the empty one.</summary>
    public static bool VerifyConsistency(long oldSize, in TreeHash oldRoot, long newSize, in TreeHash newRoot, IReadOnlyList<TreeHash> proof)
    {
        if (oldSize < 0 || oldSize > newSize)
        {
            return false;
        }

        if (oldSize == newSize || oldSize == 0)
        {
            return proof.Count == 0 && (oldSize == newSize ? oldRoot == newRoot : oldRoot == TreeHash.Empty);
        }

        // An old tree that is a perfect one is itself the first node, which the proof then leaves out.
        List<TreeHash> path = BitOperations.IsPow2(oldSize) ? [oldRoot, .. proof] : [.. proof];
        if (path.Count == 0)
        {
            return false;
        }

        var (first, last) = (oldSize - 1, newSize - 1);
        while ((first & 1) == 1)
        {
            first >>= 1;
            last >>= 1;
        }

        var (old, current) = (path[0], path[0]);
        foreach (var node in path.Skip(1))
        {
            if (last == 0)
            {
                return false;
            }

            if ((first & 1) == 1 || first == last)
            {
                old = TreeHash.OfNode(node, old);
                current = TreeHash.OfNode(node, current);
                SkipRightEdge(ref first, ref last);
            }
            else
            {
                current = TreeHash.OfNode(current, node);
            }

            first >>= 1;
            last >>= 1;
        }

        return last == 0 && old == oldRoot && current == newRoot;
    }

    // On the right edge a node without a sibling stands for itself on the levels above.
    private static void SkipRightEdge(ref long first, ref long last)
    {
        while ((first & 1) == 0 && first != 0)
        {
            first >>= 1;
            last >>= 1;
        }
    }
}
