using Beffroi.Platform.Ledger;

namespace Beffroi.Platform.Tests.Ledger;

public sealed class CanonicalJsonTests
{
    [Fact]
    public void Members_are_sorted_nulls_left_out_and_escapes_the_shortest() =>
        Assert.Equal(
            """{"":"","A":-1,"a":"\u0001\b\t\n\f\r\"\\/é😀","b":9007199254740991}""",
            CanonicalJson.Write(new Dictionary<string, object?>
            {
                ["b"] = 9007199254740991L,
                ["a"] = "\u0001\b\t\n\f\r\"\\/é😀",
                ["none"] = null,
                ["A"] = -1L,
                [""] = "",
            }));

    // RFC 8785 section 3.2.3: sorted by UTF-16 code units, so that U+1F600 (a surrogate pair) comes before U+FB33.
    [Fact]
    public void Names_are_sorted_by_utf16_code_units() =>
        Assert.Equal(
            "{\"\\r\":\"\",\"1\":\"\",\"\u0080\":\"\",\"ö\":\"\",\"€\":\"\",\"😀\":\"\",\"\uFB33\":\"\"}",
            CanonicalJson.Write(new[] { "€", "\r", "\uFB33", "1", "😀", "\u0080", "ö" }.Select(n => KeyValuePair.Create(n, (object?)""))));

    // Not as theory data: a runner may replace lone surrogates.
    [Fact]
    public void What_has_no_canonical_form_is_refused()
    {
        foreach (var value in new object[] { "\ud800", "\udc00x", "x\ud800x", 9007199254740992L, 1.5 })
        {
            Assert.Throws<ArgumentException>(() => CanonicalJson.Write([KeyValuePair.Create("a", (object?)value)]));
        }
    }
}
