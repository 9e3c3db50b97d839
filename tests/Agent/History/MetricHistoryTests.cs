using Beffroi.Agent.History;
using Beffroi.Contracts.Agents;
using CsCheck;

namespace Beffroi.Agent.Tests.History;

public sealed class MetricHistoryTests : IDisposable
{
    private const int Cpu = 0, Lag = 22;
    private static readonly DateTimeOffset Began = new(2026, 11, 27, 8, 0, 0, TimeSpan.Zero);
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-history-").FullName;

    [Fact]
    public void Its_size_is_known_and_stays()
    {
        using var history = MetricHistory.Open(_directory);
        history.Append(Began, Numbers(1));
        Assert.Equal(MetricHistory.Size, Directory.GetFiles(_directory).Sum(file => new FileInfo(file).Length));
        Assert.InRange(MetricHistory.Size, 1, 6 << 20);
    }

    [Fact]
    public void Slots_are_each_one_s_and_an_answer_fits_into_a_message()
    {
        Assert.Equal(HistoryCatalogue.All.Count, HistoryCatalogue.All.Select(s => s.Slot).Distinct().Count());
        Assert.All(HistoryCatalogue.All, s => Assert.InRange(s.Slot, 0, HistoryCatalogue.Slots - 1));
        Assert.InRange(HistoryCatalogue.All.Count * HistoryCatalogue.MostPoints * 3 * sizeof(float), 1, 500_000);
    }

    [Fact]
    public void Points_are_the_mean_the_least_and_the_most_of_their_measurements_by_whichever_way()
    {
        using var history = MetricHistory.Open(_directory);
        // 25 minutes, in which every third measurement is missing; the number is that of the measurement.
        for (var i = 0; i < 150; i++)
        {
            if (i % 3 != 2)
            {
                history.Append(Began.AddSeconds((10 * i) + 3), Numbers(i));
            }
        }

        Assert.Equal([0, 1, float.NaN, 3], Read(history, 0, 40, 10).Average);
        var minutes = Read(history, 0, 300, 60);
        Assert.Equal([2f, 8, 14, 20, 26], minutes.Average);
        Assert.Equal([0f, 6, 12, 18, 24], minutes.Minimum);
        Assert.Equal([4f, 10, 16, 22, 28], minutes.Maximum);
        // The last five minutes are not summed up yet.
        var coarse = Read(history, 0, 1800, 300);
        Assert.Equal([14f, 44, 74, 104, 134, float.NaN], coarse.Average);
        Assert.Equal([0f, 30, 60, 90, 120, float.NaN], coarse.Minimum);
        Assert.Equal([28f, 58, 88, 118, 148, float.NaN], coarse.Maximum);
        var ten = Read(history, 0, 1200, 600);
        Assert.Equal([29f, 89], ten.Average);
        Assert.Equal([0f, 60], ten.Minimum);
        Assert.All(Read(history, 0, 600, 300, Lag).Average, number => Assert.Equal(float.NaN, number));
    }

    [Fact]
    public void Another_agent_goes_on_with_it_and_sums_up_what_the_one_before_left()
    {
        using (var history = MetricHistory.Open(_directory))
        {
            for (var i = 0; i < 25; i++)
            {
                history.Append(Began.AddSeconds(10 * i), Numbers(i));
            }
        }

        using var next = MetricHistory.Open(_directory);
        next.Append(Began.AddHours(20), Numbers(7));
        // Half a day later the measurements themselves are gone, and what was summed up is there.
        next.Append(Began.AddHours(30), Numbers(8));
        Assert.Equal([12f], Read(next, 0, 300, 300).Average);
        Assert.Equal([24f], Read(next, 0, 300, 300).Maximum);
        Assert.Equal([7f], Read(next, 20 * 3600, (20 * 3600) + 300, 300).Average);
        Assert.Equal([8f], Read(next, 30 * 3600, (30 * 3600) + 300, 300).Average);
    }

    [Fact]
    public void A_clock_that_goes_back_or_far_ahead_does_no_harm()
    {
        using var history = MetricHistory.Open(_directory);
        for (var i = 0; i < 60; i++)
        {
            history.Append(Began.AddSeconds(10 * i), Numbers(1));
        }

        for (var i = 0; i < 90; i++)
        {
            history.Append(Began.AddSeconds(10 * i), Numbers(2));
        }

        Assert.Equal([2f, 2, 2], Read(history, 0, 900, 300).Average);
        history.Append(Began.AddYears(20), Numbers(3));
        history.Append(Began.AddSeconds(900), Numbers(4));
        Assert.Equal([2f, 2, 2, 4], Read(history, 0, 1200, 300).Average);
    }

    [Fact]
    public void Five_weeks_are_kept_and_a_day_one_by_one() =>
        Gen.Int[1, 40].Sample(days =>
        {
            var directory = Directory.CreateTempSubdirectory("beffroi-test-history-").FullName;
            try
            {
                using var history = MetricHistory.Open(directory);
                for (var hour = 0; hour <= days * 24; hour++)
                {
                    history.Append(Began.AddHours(hour), Numbers(hour));
                }

                // The next one sums the last up.
                var end = days * 86_400;
                history.Append(Began.AddSeconds(end + 300), Numbers(0));
                var from = Math.Max(0, end - (34 * 86_400));
                var hours = Read(history, from, end, 3600).Average;
                Assert.Equal(Enumerable.Range(from / 3600, hours.Count).Select(hour => (float)hour), hours);
                var fine = Read(history, Math.Max(0, end - 86_000), end, 10).Average.Where(float.IsFinite).Count();
                Assert.InRange(fine, Math.Min(23, days * 23), 24);
            }
            finally
            {
                Directory.Delete(directory, recursive: true);
            }
        }, iter: 6, threads: 1);

    [Fact]
    public void Questions_that_are_none_are_told_so()
    {
        using var history = MetricHistory.Open(_directory);
        history.Append(Began, Numbers(5));
        Assert.NotEmpty(history.Answer(new AgentQuestion { Id = 3 }).Problem);
        foreach (var (from, to, step) in (IEnumerable<(long, long, int)>)[(0, 10, 0), (0, 10, -10), (0, 15, 15), (0, 620, 310), (5, 15, 10), (0, 15_010, 10), (20, 10, 10), (-10, 10, 10), (0, long.MaxValue - 7, 10)])
        {
            var refused = history.Answer(new AgentQuestion { Id = 4, History = new HistoryQuestion { From = from, To = to, Step = step } });
            Assert.Equal((4L, ""), (refused.Id, refused.History?.ToString() ?? ""));
            Assert.NotEmpty(refused.Problem);
        }

        var at = Began.ToUnixTimeSeconds();
        var answer = history.Answer(new AgentQuestion { Id = 5, History = new HistoryQuestion { From = at, To = at + 20, Step = 10, Series = { "cpu", "of-the-future" } } });
        Assert.Equal(5, answer.Id);
        Assert.Equal([5f, float.NaN], answer.History.Series[0].Average);
        Assert.Equal([float.NaN, float.NaN], answer.History.Series[1].Average);
        // However long a time it is over.
        Assert.Single(history.Answer(new AgentQuestion { History = new HistoryQuestion { From = 0, To = 1_800_000_000, Step = 1_800_000_000, Series = { "cpu" } } }).History.Series[0].Average);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static float[] Numbers(float cpu)
    {
        var numbers = new float[HistoryCatalogue.Slots];
        Array.Fill(numbers, float.NaN);
        numbers[Cpu] = cpu;
        return numbers;
    }

    private static NodeHistory.Types.Series Read(MetricHistory history, long from, long to, int step, int slot = Cpu) =>
        history.Read([slot], Began.ToUnixTimeSeconds() + from, Began.ToUnixTimeSeconds() + to, step).Series.Single();
}
