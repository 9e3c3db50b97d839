using Beffroi.Agent.History;
using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Tests.History;

public sealed class HistorySamplerTests
{
    private static readonly TimeSpan Ten = TimeSpan.FromSeconds(10);

    [Fact]
    public void What_only_grows_becomes_a_rate_once_there_are_two()
    {
        var sampler = new HistorySampler();
        var first = sampler.Take(new Dictionary<string, double> { ["cpu_seconds_total"] = 100, ["memory_bytes"] = 5, ["blocks_total/cache"] = 10, ["blocks_total/beyond"] = 10, ["deadlocks_total"] = 1 }, TimeSpan.Zero);
        Assert.Equal(float.NaN, Of(first, "cpu"));
        Assert.Equal(5, Of(first, "memory"));
        var second = sampler.Take(
            new Dictionary<string, double> { ["cpu_seconds_total"] = 115, ["memory_bytes"] = 6, ["blocks_total/cache"] = 19, ["blocks_total/beyond"] = 11, ["deadlocks_total"] = 2, [HistorySampler.Extra.Storage] = 9 }, Ten);
        Assert.Equal(1.5f, Of(second, "cpu"));
        Assert.Equal(6, Of(second, "memory"));
        Assert.Equal(0.9f, Of(second, "cache-hits"));
        Assert.Equal(6, Of(second, "deadlocks"));
        Assert.Equal(9, Of(second, "storage"));
        Assert.Equal(float.NaN, Of(second, "wal"));
    }

    [Fact]
    public void A_counter_that_began_anew_a_pause_of_nothing_and_no_blocks_are_no_rates()
    {
        var sampler = new HistorySampler();
        sampler.Take(new Dictionary<string, double> { ["wal_bytes_total"] = 100, ["cpu_seconds_total"] = 1, ["blocks_total/cache"] = 10, ["blocks_total/beyond"] = 10 }, Ten);
        var next = sampler.Take(new Dictionary<string, double> { ["wal_bytes_total"] = 50, ["cpu_seconds_total"] = 2, ["blocks_total/cache"] = 10, ["blocks_total/beyond"] = 10 }, Ten);
        Assert.Equal(float.NaN, Of(next, "wal"));
        Assert.Equal(float.NaN, Of(next, "cache-hits"));
        Assert.Equal(0.1f, Of(next, "cpu"));
        var soon = sampler.Take(new Dictionary<string, double> { ["wal_bytes_total"] = 60 }, TimeSpan.FromMilliseconds(1));
        Assert.Equal(float.NaN, Of(soon, "wal"));
    }

    [Fact]
    public void Every_series_comes_from_something_that_is_measured()
    {
        var sampler = new HistorySampler();
        Dictionary<string, double> Everything(double value) =>
            MetricCatalogue.Keys.Append(HistorySampler.Extra.Storage).Append(HistorySampler.Extra.StorageSize).Append(HistorySampler.Extra.ArchiveAge).Append(HistorySampler.Extra.ReplicationLag).ToDictionary(key => key, _ => value);
        sampler.Take(Everything(1), Ten);
        var numbers = sampler.Take(Everything(2), Ten);
        Assert.All(HistoryCatalogue.All, series => Assert.True(float.IsFinite(numbers[series.Slot]), series.Name));
    }

    private static float Of(float[] numbers, string series) => numbers[HistoryCatalogue.ByName[series].Slot];
}
