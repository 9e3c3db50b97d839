using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Kernel.Tests;

public sealed class LedgerReasonTests
{
    [Fact]
    public void Words_numbers_ids_days_and_names_are_told_alike_in_every_culture()
    {
        LedgerReason? nothing = null;
        LedgerReason said = $"{Name("reader")} to {Name("bob")}{nothing}, {-1234567L} and {1234.5m}, {new Guid("01900000-0000-7000-8000-000000000001")} until {new DateOnly(2026, 12, 2)}{default(decimal?)}";
        Assert.Equal("reader to bob, -1234567 and 1234.5, 01900000-0000-7000-8000-000000000001 until 2026-12-02", said.ToString());
    }

    [Fact]
    public void Of_what_is_not_told_there_is_the_digest() =>
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Sha256("abc").ToString());

    [Fact]
    public void Several_are_joined_and_of_none_there_is_nothing()
    {
        Assert.Equal("unchanged; policy: none", Join("; ", Words("unchanged"), null, Words("policy: none"))!.ToString());
        Assert.Null(Join("; ", null, null));
        Assert.Null(Join("; "));
    }

    [Fact]
    public void A_name_is_of_one_line_and_both_are_bounded_without_half_a_character()
    {
        Assert.Equal("a b c", Name("a\nb\u0007c").ToString());
        Assert.Equal("a\nb", Stated("a\nb").ToString());
        Assert.Equal(new string('x', MaxName) + "…", Name(new string('x', MaxName + 1)).ToString());
        Assert.Equal(new string('x', MaxStated) + "…", Stated(new string('x', MaxStated + 1)).ToString());
        Assert.Equal(new string('x', MaxName - 1) + "…", Name(new string('x', MaxName - 1) + "😀").ToString());
        Assert.Equal(new string('x', MaxName - 2) + "😀", Name(new string('x', MaxName - 2) + "😀").ToString());
    }

    [Fact]
    public void What_says_the_same_is_equal()
    {
        LedgerReason one = $"generation {2}";
        Assert.Equal(Words("generation 2"), one);
        Assert.Equal(Words("generation 2").GetHashCode(), one.GetHashCode());
        Assert.NotEqual(Words("generation 3"), one);
    }
}
