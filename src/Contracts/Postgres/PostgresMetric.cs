using System.Globalization;
using System.Text.RegularExpressions;

namespace Beffroi.Contracts.Postgres;

/// <summary>One measurement.</summary>
/// <param name="Name">Of the PostgreSQL.</param>
/// <param name="Node">Of which node; null where it is the PostgreSQL's as a whole.</param>
/// <param name="Metric">Without the prefix <c>beffroi_postgres_</c>; its unit is its ending.</param>
/// <param name="Of">What tells it apart from others of the same metric, e.g. <c>active</c>; null where there are none.</param>
/// <param name="Value">As of the last ten seconds.</param>
public sealed partial record PostgresMetric(string Name, string? Node, string Metric, string? Of, double Value)
{
    /// <summary>What stands in the API's answer, in Prometheus' text format («Exposition formats»); lines that are no series of ours are passed over.</summary>
    public static IReadOnlyList<PostgresMetric> Parse(string text) => [.. text.Split('\n').Select(One).OfType<PostgresMetric>()];

    private static PostgresMetric? One(string line)
    {
        if (Series().Match(line) is not { Success: true } match || !double.TryParse(match.Groups["value"].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
        {
            return null;
        }

        var labels = Label().Matches(match.Groups["labels"].Value).DistinctBy(m => m.Groups[1].Value).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
        return new(
            labels.GetValueOrDefault("name", ""), labels.GetValueOrDefault("node"), match.Groups["metric"].Value,
            labels.Where(l => l.Key is not ("organization" or "space" or "name" or "node")).Select(l => l.Value).FirstOrDefault(), value);
    }

    [GeneratedRegex("""\Abeffroi_postgres_(?<metric>[a-z_]+)\{(?<labels>[^}]*)\} (?<value>\S+)\z""", RegexOptions.CultureInvariant)]
    private static partial Regex Series();

    [GeneratedRegex("([a-z]+)=\"([^\"]*)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Label();
}
