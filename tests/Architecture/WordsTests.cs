using System.Text.RegularExpressions;

namespace Beffroi.Architecture.Tests;

/// <summary>
/// The product never says of itself that it is compliant or qualified, in English or French: nobody but who audits and qualifies an operated service could. It says what is enforced, how fresh the
/// evidence is, and what somebody attested until when. The noun stays: a zone declares the qualifications that others have given it.
/// </summary>
public sealed partial class WordsTests
{
    /// <summary>Lines that may have such a word: what the frameworks ask of whoever is audited, in the words of their catalogues, says nothing of the product.</summary>
    private static readonly (string File, string Text)[] Exceptions =
    [
        ("src/Services/Evidence/Frameworks/secnumcloud-3.2.json", "\"id\": \"10.1.b\", \"level\": \"requirement\", \"fr\": \"Algorithmes conformes aux règles ANSSI (B1)\""),
        ("src/Services/Evidence/Frameworks/secnumcloud-3.2.json", "\"id\": \"19.1.d\", \"level\": \"requirement\", \"fr\": \"Traitements conformes à la loi\""),
    ];

    // Code too, and its comments: names and sentences wander from there into texts.
    [Fact]
    public void No_text_of_the_product_calls_anything_compliant_or_qualified()
    {
        var root = Checkout.Root();
        var found = Directory.EnumerateFiles(root + "/src", "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, file))
            .SelectMany(file => File.ReadLines(Path.Combine(root, file)).Select((line, i) => (File: file, Number: i + 1, Line: line)))
            .Where(at => Claim().IsMatch(at.Line))
            .ToList();
        Assert.Empty(found.Where(at => !Exceptions.Any(e => e.File == at.File && at.Line.Contains(e.Text, StringComparison.Ordinal))).Select(at => $"{at.File}:{at.Number}: {at.Line.Trim()}"));
        // An exception that nothing needs any more would let something in unseen.
        Assert.Equal(Exceptions.Length, found.Count);
    }

    [Theory]
    [InlineData("It is SecNumCloud-compliant.", true)]
    [InlineData("Un cloud Qualifié", true)]
    [InlineData("des zones qualifiées", true)]
    [InlineData("The zone declares a qualification.", false)]
    [InlineData("conformément à la loi", false)]
    public void A_claim_is_told_from_the_noun(string text, bool claims) => Assert.Equal(claims, Claim().IsMatch(text));

    [GeneratedRegex(@"\b(compliant|qualified|conformes?|qualifiée?s?)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Claim();
}
