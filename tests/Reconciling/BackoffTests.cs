namespace Beffroi.Reconciling.Tests;

public sealed class BackoffTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(9, 512)]
    [InlineData(10, 600)]
    [InlineData(1_000_000, 600)]
    [InlineData(int.MaxValue, 600)]
    public void Doubles_up_to_ten_minutes(int failed, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Backoff.Ceiling(failed));

    [Fact]
    public void Is_drawn_evenly_from_the_whole_range()
    {
        var random = new Random(1);
        var draws = Enumerable.Range(0, 10_000).Select(_ => Backoff.Draw(4, random).TotalSeconds).ToList();
        Assert.All(draws, seconds => Assert.InRange(seconds, 0, 16));
        Assert.InRange(draws.Average(), 7.5, 8.5);
        Assert.True(draws.Min() < 0.1 && draws.Max() > 15.9);
    }
}
