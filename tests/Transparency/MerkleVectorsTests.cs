namespace Beffroi.Transparency.Tests;

/// <summary>What is computed here is what the published vectors say.</summary>
public sealed class MerkleVectorsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<long, long, string[]> InclusionProofs => new(MerkleVectors.InclusionProofs);

    public static TheoryData<long, long, string[]> ConsistencyProofs => new(MerkleVectors.ConsistencyProofs);

    [Fact]
    public async Task Roots_are_the_published_ones()
    {
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Convert.ToHexStringLower(TreeHash.Empty.Span));
        var compact = new CompactTree();
        for (var i = 0; i < MerkleVectors.Leaves.Count; i++)
        {
            compact.Append(Leaf(i));
            Assert.Equal(Hash(MerkleVectors.Roots[i]), compact.Root);
            Assert.Equal(Hash(MerkleVectors.Roots[i]), await Tree(i + 1).RootAsync(Cancel));
        }
    }

    [Theory, MemberData(nameof(InclusionProofs))]
    public async Task Inclusion_proofs_are_the_published_ones(long index, long size, string[] proof)
    {
        var made = await Tree(size).InclusionProofAsync(index, Cancel);
        Assert.Equal(proof.Select(Hash), made);
        Assert.True(MerkleProof.VerifyInclusion(index, size, Leaf(index), made, Hash(MerkleVectors.Roots[(int)(size - 1)])));
        Assert.False(MerkleProof.VerifyInclusion(index ^ 1, size, Leaf(index), made, Hash(MerkleVectors.Roots[(int)(size - 1)])));
        Assert.False(MerkleProof.VerifyInclusion(index, size, Leaf(index), [.. made, Hash(MerkleVectors.Roots[0])], Hash(MerkleVectors.Roots[(int)(size - 1)])));
        Assert.False(MerkleProof.VerifyInclusion(index, size, Leaf(index ^ 1), made, Hash(MerkleVectors.Roots[(int)(size - 1)])));
    }

    [Theory, MemberData(nameof(ConsistencyProofs))]
    public async Task Consistency_proofs_are_the_published_ones(long before, long size, string[] proof)
    {
        var made = await Tree(size).ConsistencyProofAsync(before, Cancel);
        Assert.Equal(proof.Select(Hash), made);
        Assert.True(MerkleProof.VerifyConsistency(before, Hash(MerkleVectors.Roots[(int)(before - 1)]), size, Hash(MerkleVectors.Roots[(int)(size - 1)]), made));
        Assert.False(MerkleProof.VerifyConsistency(before, Hash(MerkleVectors.Roots[(int)before]), size, Hash(MerkleVectors.Roots[(int)(size - 1)]), made));
        Assert.False(MerkleProof.VerifyConsistency(before, Hash(MerkleVectors.Roots[(int)(before - 1)]), size, Hash(MerkleVectors.Roots[(int)before]), made) && before + 1 != size);
        Assert.False(MerkleProof.VerifyConsistency(before, Hash(MerkleVectors.Roots[(int)(before - 1)]), size, Hash(MerkleVectors.Roots[(int)(size - 1)]), [.. made, Hash(MerkleVectors.Roots[0])]));
    }

    private static TreeHash Hash(string hex) => new(Convert.FromHexString(hex));

    private static TreeHash Leaf(long index) => TreeHash.OfLeaf(Convert.FromHexString(MerkleVectors.Leaves[(int)index]));

    private static TiledTree Tree(long size)
    {
        var builder = TileBuilder.Empty();
        for (var i = 0L; i < size; i++)
        {
            builder.Append(Leaf(i));
        }

        return new TiledTree(new MemoryTiles(builder.Take()), size);
    }
}
