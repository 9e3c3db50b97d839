using System.Text;
using System.Text.Json.Nodes;
using Beffroi.Transparency.Escrow;

namespace Beffroi.Transparency.Tests.Escrow;

/// <summary>The standard's published vectors (SLIP-0039, vectors.json): shares, and the secret that they open with the passphrase TREZOR, or none where they must be refused.</summary>
public sealed class Slip39VectorsTests
{
    private const string Passphrase = "TREZOR";

    public static TheoryData<string, string[], string> Vectors()
    {
        using var stream = typeof(Slip39VectorsTests).Assembly.GetManifestResourceStream("slip39-vectors.json")!;
        var rows = new TheoryData<string, string[], string>();
        foreach (var row in JsonNode.Parse(stream)!.AsArray())
        {
            rows.Add((string)row![0]!, [.. row[1]!.AsArray().Select(m => (string)m!)], (string)row[2]!);
        }

        return rows;
    }

    [Theory, MemberData(nameof(Vectors))]
    public void Each_is_opened_or_refused_as_published(string name, string[] mnemonics, string secret)
    {
        Assert.NotEmpty(name);
        if (secret == "")
        {
            Assert.Throws<Slip39Exception>(() => Slip39.Combine([.. mnemonics.Select(Slip39Share.Parse)], Passphrase));
            return;
        }

        var shares = mnemonics.Select(Slip39Share.Parse).ToList();
        using var opened = Slip39.Combine(shares, Passphrase);
        Assert.Equal(secret, Convert.ToHexStringLower(opened.Reveal()));
        // The same words come out again.
        Assert.Equal(mnemonics, shares.Select(s => s.ToMnemonic()));
    }

    [Fact]
    public void All_of_them_are_here() => Assert.Equal(45, Vectors().Count);

    [Fact]
    public void The_words_are_those_of_the_standard()
    {
        var words = Enumerable.Range(0, 1024).Select(Slip39Words.Word).ToList();
        Assert.Equal(words.Order(StringComparer.Ordinal), words);
        Assert.Equal(1024, words.Select(w => w[..4]).Distinct(StringComparer.Ordinal).Count());
        Assert.All(words, w => Assert.InRange(w.Length, 4, 8));
        Assert.Equal(
            "bcc4555340332d169718aed8bf31dd9d5248cb7da6e5d355140ef4f1e601eec3",
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(words.Select(w => w + "\n"))))));
    }
}
