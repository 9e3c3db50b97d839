using Beffroi.Agent.History;
using Beffroi.Contracts.Agents;
using Threshold = Beffroi.Contracts.Agents.PostgresConfiguration.Types.Threshold;

namespace Beffroi.Agent.Tests.History;

public sealed class ThresholdsTests : IDisposable
{
    private static readonly DateTimeOffset Began = new(2026, 11, 27, 8, 0, 0, TimeSpan.Zero);
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-thresholds-").FullName;

    [Fact]
    public void A_bound_is_crossed_while_the_mean_of_its_minutes_is_beyond_it()
    {
        using var history = MetricHistory.Open(_directory);
        Threshold above = new() { Series = "cpu", Bound = 1, Minutes = 5 }, soon = new() { Series = "cpu", Bound = 1, Minutes = 1 }, below = new() { Series = "cpu", Below = true, Bound = 0.5, Minutes = 1 };
        Threshold unknown = new() { Series = "of-the-future", Bound = 0, Minutes = 1 }, unmeasured = new() { Series = "wal", Below = true, Bound = 5, Minutes = 1 };
        Threshold[] all = [above, soon, below, unknown, unmeasured];
        Assert.Empty(Thresholds.Crossed(history, all, Began));
        // A tenth of a minute says nothing of a minute, nor a minute of five.
        Assert.Empty(Measured(0, 10, 2));
        Assert.Equal([soon], Measured(10, 60, 2));
        Assert.Equal([above, soon], Measured(60, 300, 2));
        // A minute of rest is a minute of rest, and not yet five.
        Assert.Equal([above, below], Measured(300, 360, 0.1f));
        Assert.Equal([below], Measured(360, 660, 0.1f));
        Assert.Empty(Thresholds.Crossed(history, all, Began.AddHours(1)));
        Assert.Empty(Thresholds.Crossed(history, [], Began));

        IReadOnlyList<Threshold> Measured(int from, int to, float cpu)
        {
            for (var second = from; second < to; second += 10)
            {
                var numbers = new float[HistoryCatalogue.Slots];
                Array.Fill(numbers, float.NaN);
                numbers[HistoryCatalogue.ByName["cpu"].Slot] = cpu;
                history.Append(Began.AddSeconds(second), numbers);
            }

            return Thresholds.Crossed(history, all, Began.AddSeconds(to - 10));
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
