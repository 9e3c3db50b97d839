using System.Globalization;
using System.Text.RegularExpressions;

namespace Beffroi.Contracts.Postgres;

/// <summary>A bound that a customer sets to a metric: while its mean is beyond, there is an alert. One of the two bounds is given.</summary>
/// <param name="Metric">A series of the metrics' history, e.g. <c>storage-share</c>.</param>
/// <param name="Above">In the series' own unit; the mean is not to be above it.</param>
/// <param name="Below">The mean is not to be below it.</param>
/// <param name="ForMinutes">Of how many minutes the mean is, 1 to 60.</param>
public sealed partial record PostgresAlertSpec(string Metric, double? Above = null, double? Below = null, int ForMinutes = 5)
{
    /// <summary>Reads e.g. <c>storage-share&gt;0.9 for 10m</c>, without the time of 5 minutes; null for what is none. The metric is not looked up.</summary>
    public static PostgresAlertSpec? Parse(string text)
    {
        if (text.Length > 200 || Form().Match(text) is not { Success: true } match
            || !double.TryParse(match.Groups["bound"].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var bound)
            || !int.TryParse(match.Groups["minutes"].Success ? match.Groups["minutes"].ValueSpan : "5", NumberStyles.None, CultureInfo.InvariantCulture, out var minutes))
        {
            return null;
        }

        var above = match.Groups["side"].ValueSpan is ">";
        return new(match.Groups["metric"].Value, above ? bound : null, above ? null : bound, minutes);
    }

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Metric}{(Above is null ? "<" : ">")}{Above ?? Below} for {ForMinutes}m");

    [GeneratedRegex(@"\A(?<metric>[a-z][a-z-]*) ?(?<side>[<>]) ?(?<bound>[0-9]+(\.[0-9]+)?)( for (?<minutes>[0-9]{1,4})m)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
