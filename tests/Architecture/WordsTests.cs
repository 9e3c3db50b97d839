using System.Text.RegularExpressions;

namespace Beffroi.Architecture.Tests;

/// <summary>
/// The product never says of itself that it is compliant or qualified, in English or French: nobody but who audits and qualifies an operated service could. It says what is enforced, how fresh the
/// evidence is, and what somebody attested until when. The noun stays: a zone declares the qualifications that others have given it.
/// </summary>
public sealed partial class WordsTests
{
    private static readonly string[] Pictures = [".png"];

    // Code too, and its comments: names and sentences wander from there into texts. No line is excepted.
    [Fact]
    public void No_text_of_the_product_calls_anything_compliant_or_qualified()
    {
        var root = Checkout.Root();
        var files = ((string[])["/src", "/docs"]).SelectMany(folder => Directory.EnumerateFiles(root + folder, "*", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(root, "*.md"))
            .Where(file => !Pictures.Contains(Path.GetExtension(file)))
            .Select(file => Path.GetRelativePath(root, file)).ToList();
        // What people read is among them.
        Assert.All(["README.md", "docs/customer.md", "docs/customer.fr.md", "docs/operator.md", "docs/auditor.md", "docs/threat-model.md"], guide => Assert.Contains(guide, files));
        Assert.Empty(files.SelectMany(file => File.ReadLines(Path.Combine(root, file)).Select((line, i) => (Number: i + 1, Line: line))
            .Where(at => Claim().IsMatch(at.Line)).Select(at => $"{file}:{at.Number}: {at.Line.Trim()}")));
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
