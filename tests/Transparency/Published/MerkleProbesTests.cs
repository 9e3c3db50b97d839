namespace Beffroi.Transparency.Tests.Published;

/// <summary>Good proofs, and each with all that transparency-dev/merkle makes wrong of it (the README beside this says whence).</summary>
public sealed class MerkleProbesTests
{
    private static readonly byte[] EmptyTree = Bytes("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    private static readonly byte[] SomeHash = Bytes("abacaba000000000000000000000000000000000000000000060061e00123456");
    private static readonly byte[] WrongLeaf = "WrongLeaf"u8.ToArray();
    private static readonly byte[] WrongRoot = "WrongRoot"u8.ToArray();

    private delegate bool Check(long first, long second, byte[] one, byte[] two, IReadOnlyList<byte[]> proof);

    private sealed record Probe(string Name, long First, long Second, byte[] One, byte[] Two, IReadOnlyList<byte[]> Proof);

    [Fact]
    public void Hashes_are_the_published_ones()
    {
        Assert.Equal(EmptyTree, TreeHash.Empty.Span);
        Assert.Equal(Bytes("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"), TreeHash.OfLeaf([]).Span);
        Assert.Equal(Bytes("395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"), TreeHash.OfLeaf("L123456"u8).Span);
    }

    [Fact]
    public void Inclusion_is_proved_by_the_good_proofs_alone() => Assert.Equal(77, MerkleVectors.InclusionProofs.Sum(v =>
    {
        var (proof, root, leaf) = (v.Proof.Select(Bytes).ToList(), Root(v.Size), TreeHash.OfLeaf(Bytes(MerkleVectors.Leaves[(int)v.Index])).Span.ToArray());
        Assert.True(Inclusion(v.Index, v.Size, root, leaf, proof));
        return Refused(Inclusion, Wrong(v.Index, v.Size, root, leaf, proof));
    }));

    [Fact]
    public void Consistency_is_proved_by_the_good_proofs_alone() => Assert.Equal(79, MerkleVectors.ConsistencyProofs.Sum(v =>
    {
        var (proof, before, after) = (v.Proof.Select(Bytes).ToList(), Root(v.Before), Root(v.Size));
        Assert.True(Consistency(v.Before, v.Size, before, after, proof));
        return proof.Count == 0 ? 0 : Refused(Consistency, WrongConsistency(v.Before, v.Size, before, after, proof));
    }));

    // TestVerifyInclusionSingleEntry and the probes of TestVerifyInclusion.
    [Fact]
    public void A_tree_of_one_and_none_have_no_other_proofs()
    {
        var data = TreeHash.OfLeaf("data"u8).Span.ToArray();
        Assert.True(Inclusion(0, 1, data, data, []));
        (long Index, long Size)[] places = [(0, 0), (0, 1), (1, 0), (2, 1)];
        (byte[] Root, byte[] Leaf)[] hashes = [([], SomeHash), (EmptyTree, []), (EmptyTree, SomeHash)];
        var probes = places.SelectMany(at => hashes.Select(h => new Probe($"{at}", at.Index, at.Size, h.Root, h.Leaf, [])));
        Assert.Equal(15, Refused(Inclusion, [new("no leaf", 0, 1, data, [], []), new("no root", 0, 1, [], data, []), new("neither", 0, 1, [], [], []), .. probes]));
    }

    // TestVerifyConsistency. Roots that it leaves to be anything are hashes here; "any tree begins with the empty one" is true here only of the empty tree's own root.
    [Fact]
    public void Trees_of_equal_size_or_none_have_no_other_proofs()
    {
        Assert.True(Consistency(0, 0, EmptyTree, EmptyTree, []));
        Assert.True(Consistency(0, 1, EmptyTree, SomeHash, []));
        Assert.True(Consistency(1, 1, SomeHash, SomeHash, []));
        Assert.Equal(9, Refused(Consistency,
            new("other roots of nothing", 0, 0, EmptyTree, SomeHash, []), new("other roots of one", 1, 1, EmptyTree, SomeHash, []), new("back to nothing", 1, 0, SomeHash, EmptyTree, []),
            new("back to one", 2, 1, EmptyTree, SomeHash, []), new("no proof", 1, 2, EmptyTree, SomeHash, []), new("more than none", 0, 0, EmptyTree, EmptyTree, [EmptyTree]),
            new("more than none", 0, 1, EmptyTree, EmptyTree, [EmptyTree]), new("more than none", 1, 1, EmptyTree, EmptyTree, [EmptyTree]),
            new("nothing that is something", 0, 1, SomeHash, SomeHash, [])));
    }

    private static Probe[] Wrong(long index, long size, byte[] root, byte[] leaf, List<byte[]> proof) =>
    [
        new("index - 1", index - 1, size, root, leaf, proof), new("index + 1", index + 1, size, root, leaf, proof), new("index ^ 2", index ^ 2, size, root, leaf, proof),
        new("size * 2", index, size * 2, root, leaf, proof), new("size / 2", index, size / 2, root, leaf, proof),
        new("wrong leaf", index, size, root, WrongLeaf, proof), new("empty root", index, size, EmptyTree, leaf, proof), new("random root", index, size, SomeHash, leaf, proof),
        new("trailing garbage", index, size, root, leaf, [.. proof, []]), new("trailing root", index, size, root, leaf, [.. proof, root]),
        new("preceding garbage", index, size, root, leaf, [[], .. proof]), new("preceding root", index, size, root, leaf, [root, .. proof]),
        .. proof.Select((_, i) => new Probe($"bit 3 of {i}", index, size, root, leaf, Flipped(proof, i, 8))),
        .. proof.Count > 0 ? (Probe[])[new("one removed", index, size, root, leaf, proof[..^1])] : [],
        .. proof.Count > 1 ? (Probe[])[new("one inserted", index, size, root, leaf, [proof[0], SomeHash, .. proof[1..]])] : [],
    ];

    private static Probe[] WrongConsistency(long before, long after, byte[] one, byte[] two, List<byte[]> proof) =>
    [
        new("before - 1", before - 1, after, one, two, proof), new("before + 1", before + 1, after, one, two, proof), new("before ^ 2", before ^ 2, after, one, two, proof),
        new("after * 2", before, after * 2, one, two, proof), new("after / 2", before, after / 2, one, two, proof),
        new("wrong root before", before, after, WrongRoot, two, proof), new("wrong root after", before, after, one, WrongRoot, proof), new("swapped", before, after, two, one, proof),
        new("empty", before, after, one, two, []),
        new("trailing garbage", before, after, one, two, [.. proof, []]), new("trailing root", before, after, one, two, [.. proof, one]), new("trailing root", before, after, one, two, [.. proof, two]),
        new("preceding garbage", before, after, one, two, [[], .. proof]), new("preceding root", before, after, one, two, [one, .. proof]), new("preceding root", before, after, one, two, [two, .. proof]),
        new("first twice", before, after, one, two, [proof[0], .. proof]), new("one removed", before, after, one, two, proof[..^1]),
        .. proof.Select((_, i) => new Probe($"bit 4 of {i}", before, after, one, two, Flipped(proof, i, 16))),
    ];

    private static int Refused(Check check, params Probe[] probes)
    {
        Assert.All(probes, p => Assert.False(check(p.First, p.Second, p.One, p.Two, p.Proof), p.Name));
        return probes.Length;
    }

    private static bool Inclusion(long index, long size, byte[] root, byte[] leaf, IReadOnlyList<byte[]> proof) =>
        Read(root) is { } r && Read(leaf) is { } l && Read(proof) is { } p && MerkleProof.VerifyInclusion(index, size, l, p, r);

    private static bool Consistency(long before, long after, byte[] one, byte[] two, IReadOnlyList<byte[]> proof) =>
        Read(one) is { } o && Read(two) is { } t && Read(proof) is { } p && MerkleProof.VerifyConsistency(before, o, after, t, p);

    // As files have hashes: what has another length is none.
    private static TreeHash? Read(byte[] hash) => TreeHash.FromBase64(Convert.ToBase64String(hash));

    private static List<TreeHash>? Read(IReadOnlyList<byte[]> hashes)
    {
        var read = hashes.Select(Read).ToList();
        return read.TrueForAll(h => h is not null) ? [.. read.Select(h => h!.Value)] : null;
    }

    private static List<byte[]> Flipped(List<byte[]> proof, int at, byte bit)
    {
        var changed = proof.Select(h => h.ToArray()).ToList();
        changed[at][0] ^= bit;
        return changed;
    }

    private static byte[] Root(long size) => Bytes(MerkleVectors.Roots[(int)(size - 1)]);

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);
}
