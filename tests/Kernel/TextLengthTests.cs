using System.Text;

namespace Beffroi.Kernel.Tests;

/// <summary>Where text is cut.</summary>
public sealed class TextLengthTests
{
    private static readonly Encoding Strict = new UTF8Encoding(false, throwOnInvalidBytes: true);

    [Theory]
    [InlineData("", 1, "")]
    [InlineData("abc", 3, "abc")]
    [InlineData("abcd", 3, "abc")]
    [InlineData("ab🔑", 4, "ab🔑")]
    [InlineData("ab🔑", 3, "ab")]
    [InlineData("🔑", 1, "")]
    public void Text_is_cut_to_its_length_and_never_within_a_character(string text, int max, string expected)
    {
        var cut = text.Shortened(max);
        Assert.Equal(expected, cut);
        Assert.NotNull(Strict.GetBytes(cut));
    }

    [Fact]
    public void A_length_is_at_least_one() => Assert.Throws<ArgumentOutOfRangeException>(() => "abc".Shortened(0));
}
