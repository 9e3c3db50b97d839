using System.Text.Json.Nodes;

namespace Beffroi.Transparency.Tests.Published;

/// <summary>Proofs that a log of nearly a thousand million certificates gave (Google's Argon 2020).</summary>
public sealed class Argon2020Tests
{
    private static readonly JsonNode Log = Read();

    private static long Size => (long)Log["tree_size"]!;

    private static TreeHash Root => Hash(Log["sha256_root_hash"]!);

    [Fact]
    public void A_certificate_is_in_the_log()
    {
        var (index, path, leaf) = ((long)Log["leaf_index"]!, Hashes("audit_path"), TreeHash.OfLeaf(Convert.FromBase64String((string)Log["leaf_input"]!)));
        Assert.Equal(30, path.Count);
        Assert.True(MerkleProof.VerifyInclusion(index, Size, leaf, path, Root));
        Assert.False(MerkleProof.VerifyInclusion(index + 1, Size, leaf, path, Root));
        Assert.False(MerkleProof.VerifyInclusion(index, Size, leaf, path, Hash(Log["first_root"]!)));
        Assert.All(Enumerable.Range(0, path.Count), i => Assert.False(MerkleProof.VerifyInclusion(index, Size, leaf, [.. path[..i], leaf, .. path[(i + 1)..]], Root)));
    }

    [Fact]
    public void The_log_continues_what_it_was()
    {
        var (first, before, path) = ((long)Log["first"]!, Hash(Log["first_root"]!), Hashes("consistency"));
        Assert.True(MerkleProof.VerifyConsistency(first, before, Size, Root, path));
        Assert.False(MerkleProof.VerifyConsistency(first - 1, before, Size, Root, path));
        Assert.False(MerkleProof.VerifyConsistency(first, Root, Size, Root, path));
        Assert.All(Enumerable.Range(0, path.Count), i => Assert.False(MerkleProof.VerifyConsistency(first, before, Size, Root, [.. path[..i], before, .. path[(i + 1)..]])));
    }

    private static List<TreeHash> Hashes(string name) => [.. Log[name]!.AsArray().Select(h => Hash(h!))];

    private static TreeHash Hash(JsonNode text) => TreeHash.FromBase64((string)text!)!.Value;

    private static JsonNode Read()
    {
        using var stream = typeof(Argon2020Tests).Assembly.GetManifestResourceStream("argon2020.json")!;
        return JsonNode.Parse(stream)!;
    }
}
