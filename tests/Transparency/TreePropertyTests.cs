using CsCheck;

namespace Beffroi.Transparency.Tests;

/// <summary>Trees of any size agree with the definition in RFC 6962, section 2.1, written here as it is written there.</summary>
public sealed class TreePropertyTests
{
    private static readonly Gen<int> Sizes = Gen.OneOf(Gen.Int[1, 40], Gen.Int[250, 262], Gen.Int[500, 1300]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public Task Roots_and_proofs_are_those_of_the_definition_and_fail_when_touched() => Gen.Select(Sizes, Gen.Double[0, 0.999], Gen.Double[0, 0.999], Gen.Int[0, 255]).SampleAsync(
        async (size, someBefore, someIndex, bit) =>
        {
            var (before, index) = (1 + (int)(someBefore * size), (int)(someIndex * size));
            var leaves = Enumerable.Range(0, size).Select(i => TreeHash.OfLeaf(BitConverter.GetBytes(i))).ToArray();
            var builder = TileBuilder.Empty();
            Array.ForEach(leaves, builder.Append);
            var root = Definition(leaves);
            var tree = new TiledTree(new MemoryTiles(builder.Take()), size);
            Assert.Equal(root, builder.Root);
            Assert.Equal(root, await tree.RootAsync(Cancel));
            Assert.Equal(Definition(leaves.AsSpan(0, before)), await tree.RootAtAsync(before, Cancel));

            var inclusion = await tree.InclusionProofAsync(index, Cancel);
            Assert.True(MerkleProof.VerifyInclusion(index, size, leaves[index], inclusion, root));
            var consistency = await tree.ConsistencyProofAsync(before, Cancel);
            var oldRoot = Definition(leaves.AsSpan(0, before));
            Assert.True(MerkleProof.VerifyConsistency(before, oldRoot, size, root, consistency));

            Assert.All(Touched(inclusion, bit), p => Assert.False(MerkleProof.VerifyInclusion(index, size, leaves[index], p, root)));
            Assert.All(Touched(consistency, bit), p => Assert.False(MerkleProof.VerifyConsistency(before, oldRoot, size, root, p)));
        },
        iter: 60,
        threads: 1);

    [Fact]
    public Task A_builder_goes_on_from_what_is_stored() => Gen.Select(Sizes, Sizes).SampleAsync(
        async (first, more) =>
        {
            var whole = TileBuilder.Empty();
            var begun = TileBuilder.Empty();
            Enumerable.Range(0, first).Select(i => TreeHash.OfLeaf(BitConverter.GetBytes(i))).ToList().ForEach(l => { whole.Append(l); begun.Append(l); });
            var continued = await TileBuilder.LoadAsync(new TiledTree(new MemoryTiles(begun.Take()), first), Cancel);
            Enumerable.Range(first, more).Select(i => TreeHash.OfLeaf(BitConverter.GetBytes(i))).ToList().ForEach(l => { whole.Append(l); continued.Append(l); });
            Assert.Equal(whole.Root, continued.Root);
            var now = continued.Take().ToDictionary(t => t.Tile, t => Convert.ToHexString(t.Hashes));
            Assert.All(whole.Take().Where(t => now.ContainsKey(t.Tile)), t => Assert.Equal(Convert.ToHexString(t.Hashes), now[t.Tile]));
        },
        iter: 40,
        threads: 1);

    // MTH of RFC 6962, section 2.1.
    private static TreeHash Definition(ReadOnlySpan<TreeHash> leaves)
    {
        if (leaves.Length == 1)
        {
            return leaves[0];
        }

        var split = 1;
        while (split * 2 < leaves.Length)
        {
            split *= 2;
        }

        return TreeHash.OfNode(Definition(leaves[..split]), Definition(leaves[split..]));
    }

    private static IEnumerable<IReadOnlyList<TreeHash>> Touched(IReadOnlyList<TreeHash> proof, int bit)
    {
        for (var i = 0; i < proof.Count; i++)
        {
            var bytes = proof[i].Span.ToArray();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            var at = i;
            yield return [.. proof.Select((h, j) => j == at ? new TreeHash(bytes) : h)];
            yield return [.. proof.Where((_, j) => j != at)];
        }

        yield return [.. proof, TreeHash.Empty];
        yield return [TreeHash.Empty, .. proof];
    }
}
