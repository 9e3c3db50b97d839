using System.Text.RegularExpressions;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Services.Postgres.Metrics;
using CsCheck;

namespace Beffroi.Postgres.Tests.Metrics;

public sealed partial class MetricsTextTests
{
    private static readonly PostgresBackupStatus Backup = new(DateTimeOffset.FromUnixTimeSeconds(100), DateTimeOffset.FromUnixTimeSeconds(200), "b", DateTimeOffset.FromUnixTimeSeconds(150), null);

    [Fact]
    public void A_primary_and_a_replica_are_told_apart()
    {
        var text = Write(true, ("connections/active", 3), ("transactions_total/commit", 1e15), ("cpu_seconds_total", 0.25));
        Assert.Contains("beffroi_postgres_up{organization=\"demo\",space=\"eval\",name=\"first\",node=\"n-1\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("beffroi_postgres_primary{organization=\"demo\",space=\"eval\",name=\"first\",node=\"n-1\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE beffroi_postgres_connections gauge\nbeffroi_postgres_connections{organization=\"demo\",space=\"eval\",name=\"first\",node=\"n-1\",state=\"active\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE beffroi_postgres_transactions_total counter\n", text, StringComparison.Ordinal);
        Assert.Contains("cpu_seconds_total{organization=\"demo\",space=\"eval\",name=\"first\",node=\"n-1\"} 0.25\n", text, StringComparison.Ordinal);
        Assert.Contains("beffroi_postgres_restorable_to_timestamp_seconds{organization=\"demo\",space=\"eval\",name=\"first\"} 200\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("replication_lag_bytes", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_older_than_a_minute_is_not_told_as_of_now()
    {
        var text = Write(false, ("connections/active", 3));
        Assert.Contains("beffroi_postgres_up{organization=\"demo\",space=\"eval\",name=\"first\",node=\"n-1\"} 0\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("connections", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_an_agent_says_the_text_stays_in_its_format() => Gen.Select(Gen.OneOf(Gen.String, Gen.Const("connections/active"), Gen.Const("deadlocks_total")), Gen.Double).Array[0, 8].Sample(said =>
    {
        var text = Write(true, [.. said.Select(s => (s.Item1, s.Item2))]);
        var types = new HashSet<string>();
        Assert.All(text.TrimEnd('\n').Split('\n'), line =>
        {
            Assert.Matches(Form(), line);
            // A family begins once, and its series follow it.
            Assert.True(!line.StartsWith("# TYPE ", StringComparison.Ordinal) || types.Add(line), line);
        });
    });

    [Fact]
    public void Names_follow_the_conventions_and_are_there_once()
    {
        Assert.All(MetricCatalogue.All, family => Assert.Matches("^[a-z_]+$", family.Name));
        Assert.All(MetricCatalogue.All, family => Assert.True(family.IsCounter == family.Name.EndsWith("_total", StringComparison.Ordinal), family.Name));
        Assert.Equal(MetricCatalogue.All.Count, MetricCatalogue.All.Select(family => family.Name).Distinct().Count());
    }

    private static string Write(bool fresh, params (string Key, double Value)[] said)
    {
        var facts = new Facts { Postgres = new PostgresFacts { Ready = true, Role = "primary" } };
        foreach (var (key, value) in said)
        {
            facts.Postgres.Metrics[key] = value;
        }

        return MetricsText.Write([new MeasuredDatabase("demo", "eval", "first", Backup, [new MeasuredNode("n-1", facts, fresh)])]);
    }

    [GeneratedRegex("""^(# (HELP|TYPE) beffroi_postgres_[a-z_]+ .+|beffroi_postgres_[a-z_]+\{([a-z]+="[a-z0-9_-]+",?)+\} [0-9.E+-]+)$""", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
