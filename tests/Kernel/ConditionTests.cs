namespace Beffroi.Kernel.Tests;

public sealed class ConditionTests
{
    private static readonly DateTimeOffset Then = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void SinceMovesOnlyWhenTheConditionDoes()
    {
        var first = Condition.Set([], new Condition("Ready", false, "Waiting", "One.", Then));
        var second = Condition.Set(first, new Condition("Ready", false, "Failed", "Two.", Then.AddMinutes(1)));
        var third = Condition.Set(second, new Condition("Ready", true, "Done", "Three.", Then.AddMinutes(2)));

        Assert.Equal((Then, "Two."), (second[0].Since, second[0].Message));
        Assert.Equal(Then.AddMinutes(2), Assert.Single(third).Since);
    }

    [Fact]
    public void OthersStay()
    {
        var one = Condition.Set([], new Condition("A", true, "Done", "", Then));
        var two = Condition.Set(one, new Condition("B", true, "Done", "", Then));

        Assert.Equal(["A", "B"], two.Select(c => c.Type));
    }
}
