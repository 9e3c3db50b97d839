using Beffroi.Platform.Usage;
using CsCheck;

namespace Beffroi.Platform.Tests.Usage;

/// <summary>The arithmetic of an hour, against a walk through every second.</summary>
public sealed class HourUsageTests
{
    private const int Hours = 5;
    private static readonly DateTimeOffset Start = new(2026, 11, 30, 22, 0, 0, TimeSpan.Zero);
    private static readonly MeteredResource Resource = new(Guid.Empty, Guid.Empty, Guid.Empty, "eval", "postgres", "dossiers");

    private static readonly string[] States = ["running", "stopped", "kept", "deleted"];

    // From an hour before the first to one after the last; several may be at one second.
    private static readonly Gen<AllocationChange[]> Histories = Gen.Select(
        Gen.Int[-3600, (Hours + 1) * 3600], Gen.Int[0, 3].Select(i => States[i]), Gen.Int[-1, 5000], Gen.Long[0, 64], Gen.Long[0, 1L << 40], Gen.Long[1, 3])
        .Array[0, 8].Select(changes => changes.OrderBy(c => c.Item1).Select((c, i) => new AllocationChange(
            i, Start.AddSeconds(c.Item1), Resource, c.Item2, c.Item2 == "kept" && c.Item3 >= 0 ? Start.AddSeconds(c.Item1 + c.Item3) : null, c.Item4, c.Item5, 2 * c.Item5, c.Item6)).ToArray());

    [Fact]
    public void Each_hour_is_what_a_walk_through_its_seconds_counts() => Histories.Sample(
        changes =>
        {
            for (var hour = 0; hour < Hours; hour++)
            {
                var usage = HourUsage.Of(changes, Start.AddHours(hour));
                var walked = Walk(changes, hour * 3600, (hour + 1) * 3600);
                Assert.Equal(walked, usage is null ? default : (usage.RunningSeconds, usage.StoppedSeconds, usage.NodeSeconds, usage.CpuSeconds, usage.MemoryByteSeconds, usage.StorageByteSeconds));
                Assert.True(usage is null or { Seconds: > 0 and <= 3600 });
            }
        }, iter: 300);

    [Fact]
    public void No_second_is_counted_twice_or_lost_between_hours() => Histories.Sample(
        changes =>
        {
            var hours = Enumerable.Range(0, Hours).Select(h => HourUsage.Of(changes, Start.AddHours(h))).OfType<HourUsage>().ToList();
            var whole = Walk(changes, 0, Hours * 3600);
            Assert.Equal(
                whole,
                (hours.Sum(h => h.RunningSeconds), hours.Sum(h => h.StoppedSeconds), hours.Sum(h => h.NodeSeconds), hours.Sum(h => h.CpuSeconds), hours.Sum(h => h.MemoryByteSeconds), hours.Sum(h => h.StorageByteSeconds)));
        }, iter: 300);

    [Fact]
    public void What_is_stopped_takes_storage_only_and_what_can_be_brought_back_ends_by_itself()
    {
        var changes = new[]
        {
            Change(0, 0, "running"), Change(1, 600, "stopped"), Change(2, 1200, "running"), Change(3, 1800, "kept") with { EndsAt = Start.AddSeconds(2400) },
        };
        Assert.Equal(new HourUsage(Resource, Start, 1200, 1200, 3600, 7200, 1200 * 4L, 2400 * 10L), HourUsage.Of(changes, Start));
        Assert.Null(HourUsage.Of(changes, Start.AddHours(1)));
        Assert.Null(HourUsage.Of([], Start));
    }

    private static AllocationChange Change(long id, int second, string state) => new(id, Start.AddSeconds(second), Resource, state, null, 6, 4, 10, 3);

    private static (int Running, int Stopped, long Nodes, long Cpus, long Memory, long Storage) Walk(AllocationChange[] changes, int from, int to)
    {
        var sum = (0, 0, 0L, 0L, 0L, 0L);
        for (var second = from; second < to; second++)
        {
            var now = Start.AddSeconds(second);
            if (changes.LastOrDefault(c => c.At <= now) is not { State: not "deleted" } held || held.EndsAt <= now)
            {
                continue;
            }

            var running = held.State == "running" ? 1 : 0;
            sum = (
                sum.Item1 + running, sum.Item2 + 1 - running, sum.Item3 + (running * held.Nodes), sum.Item4 + (running * held.Cpus), sum.Item5 + (running * held.MemoryBytes),
                sum.Item6 + held.StorageBytes);
        }

        return sum;
    }
}
