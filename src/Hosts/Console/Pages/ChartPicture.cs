using System.Globalization;
using System.Text;
using Beffroi.Contracts.Postgres;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>A line of a chart.</summary>
/// <param name="Name">For people; empty for one that is not told apart from its like.</param>
/// <param name="Style">Its colour and pattern, 0 to 3.</param>
/// <param name="IsThin">Of a node beside the one that the chart is of.</param>
/// <param name="Path">As in SVG, 1000 wide and 100 high.</param>
/// <param name="Band">From the least to the most; null for none.</param>
/// <param name="Under">From the line down; null for none.</param>
/// <param name="Values">Each point's number as it is told, with <c>|</c> between them.</param>
/// <param name="Last">The newest that is known.</param>
internal sealed record ChartLine(string Name, int Style, bool IsThin, string Path, string? Band, string? Under, string Values, string Last);

/// <summary>What a chart is drawn from: everything is computed here, so that it is the same with and without a script.</summary>
/// <param name="Lines">In front of each other, the last in front.</param>
/// <param name="Ticks">Moments along its foot: where, in percent, and how they are told.</param>
/// <param name="Top">What its height stands for.</param>
/// <param name="Middle">And half of it.</param>
/// <param name="Summary">What there is to see, for who doesn't.</param>
internal sealed record ChartPicture(IReadOnlyList<ChartLine> Lines, IReadOnlyList<(string Place, string Text)> Ticks, string Top, string Middle, string Summary)
{
    private const int MostTicks = 6;
    private static readonly int[] TickSteps = [10, 60, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200, 86_400, 172_800, 432_000, 604_800];

    /// <summary>Whether anything was measured.</summary>
    public bool IsEmpty => Lines.Count == 0;

    /// <summary>Of the node that answered first, with the others behind it.</summary>
    public static ChartPicture Of(MetricChart chart, PostgresHistory history, ConsoleTexts texts)
    {
        var found = history.Nodes.Where(node => node.Answered)
            .SelectMany(node => chart.Series.Select((name, style) => (Node: node, Style: style, Series: node.Series.FirstOrDefault(s => s.Metric == name))))
            .Where(f => f.Series is not null && f.Series.Average.Any(n => n is not null)).Select(f => (f.Node, f.Style, Series: f.Series!)).ToList();
        if (found.Count == 0)
        {
            return new([], TicksOf(history), "", "", "");
        }

        // What the first has none of is that of the others: only replicas lag.
        var first = history.Nodes.FirstOrDefault(node => node.Answered && found.Any(f => f.Node == node) && node.Role == "primary");
        var single = chart.Series.Count == 1;
        var banded = single && found.Count(f => first is null || f.Node == first) == 1;
        var most = found.Max(f => (banded && IsMain(f.Node) ? f.Series.Maximum : f.Series.Average).Max() ?? 0);
        var unit = found[0].Series.Unit;
        var scale = HistoryScale.Of(unit, most);
        var top = TopOf(most, scale, unit);
        var mains = found.Where(f => IsMain(f.Node)).ToList();
        var lines = found.Where(f => !IsMain(f.Node)).Select(f => LineOf(f.Series, single ? texts.NodeOf(f.Node) : "", f.Style, thin: true, band: false))
            .Concat(mains.Select((f, i) => LineOf(
                f.Series,
                first is null && history.Nodes.Count > 1 ? (single ? "" : texts.SeriesOf(f.Series.Metric) + ", ") + texts.NodeOf(f.Node) : texts.SeriesOf(f.Series.Metric),
                first is null && single ? i % 4 : f.Style, thin: false, band: banded)))
            .ToList();
        return new(lines, TicksOf(history), texts.Measure(scale, top), texts.Measure(scale, top / 2), string.Join(" ", mains.Select(Told)));

        bool IsMain(PostgresHistoryNode node) => first is null || node == first;

        ChartLine LineOf(PostgresHistorySeries series, string name, int style, bool thin, bool band) => new(
            name, style, thin, PathOf(series.Average, top), band ? BandOf(series.Minimum, series.Maximum, top) : null, band ? UnderOf(series.Average, top) : null,
            string.Join('|', series.Average.Select(n => n is { } number ? Alone(number) : "")), Alone(series.Average.LastOrDefault(n => n is not null) ?? 0));

        // In the unit in which it itself is short.
        string Alone(float? number) => texts.Measure(HistoryScale.Of(unit, number ?? 0), number ?? 0);

        string Told((PostgresHistoryNode Node, int Style, PostgresHistorySeries Series) f) => texts.SummaryOf(
            texts.SeriesOf(f.Series.Metric), Alone(f.Series.Minimum.Min()), Alone(f.Series.Average.Average()), Alone(f.Series.Maximum.Max()));
    }

    /// <summary>A round number that is not less than the largest, in the unit in which it is told.</summary>
    internal static double TopOf(double most, HistoryScale scale, string unit)
    {
        var least = unit is "count" or "seconds" ? 2 : 1;
        var scaled = most / scale.Factor;
        if (scaled <= 0)
        {
            return least * scale.Factor;
        }

        var magnitude = Math.Pow(10, Math.Floor(Math.Log10(scaled)));
        var round = ((double[])[1, 2, 4, 6, 8, 10]).Select(step => step * magnitude).First(step => step >= scaled * 0.999_999);
        var top = (unit is "count" or "seconds" ? Math.Max(least, round) : round) * scale.Factor;
        return unit == "share" ? Math.Min(1, top) : top;
    }

    /// <summary>A line through what was measured, broken where nothing was. One point alone is a dot.</summary>
    internal static string PathOf(IReadOnlyList<float?> numbers, double top)
    {
        var path = new StringBuilder();
        for (var i = 0; i < numbers.Count; i++)
        {
            if (numbers[i] is { } number)
            {
                var begins = i == 0 || numbers[i - 1] is null;
                path.Append(begins ? 'M' : 'L').Append(X(i, numbers.Count)).Append(' ').Append(Y(number, top));
                if (begins && (i + 1 == numbers.Count || numbers[i + 1] is null))
                {
                    path.Append("h0");
                }
            }
        }

        return path.ToString();
    }

    private static string BandOf(IReadOnlyList<float?> least, IReadOnlyList<float?> most, double top) =>
        Areas(least, (from, to) => Enumerable.Range(from, to - from).Select(i => (i, most[i]!.Value)).Concat(Enumerable.Range(from, to - from).Reverse().Select(i => (i, least[i]!.Value))), top);

    private static string UnderOf(IReadOnlyList<float?> numbers, double top) =>
        Areas(numbers, (from, to) => Enumerable.Range(from, to - from).Select(i => (i, numbers[i]!.Value)).Append((to - 1, 0f)).Append((from, 0f)), top);

    // For each stretch without a gap the points around it.
    private static string Areas(IReadOnlyList<float?> numbers, Func<int, int, IEnumerable<(int Point, float Number)>> around, double top)
    {
        var path = new StringBuilder();
        for (var from = 0; from < numbers.Count; from++)
        {
            if (numbers[from] is null)
            {
                continue;
            }

            var to = from;
            while (to < numbers.Count && numbers[to] is not null)
            {
                to++;
            }

            var command = 'M';
            foreach (var (point, number) in around(from, to))
            {
                path.Append(command).Append(X(point, numbers.Count)).Append(' ').Append(Y(number, top));
                command = 'L';
            }

            path.Append('Z');
            from = to;
        }

        return path.ToString();
    }

    private static List<(string Place, string Text)> TicksOf(PostgresHistory history)
    {
        var (from, to) = (history.From.ToUnixTimeSeconds(), history.To.ToUnixTimeSeconds());
        var step = TickSteps.FirstOrDefault(s => (to - from) / s <= MostTicks, TickSteps[^1]);
        var ticks = new List<(string, string)>();
        for (var at = (from + step - 1) / step * step; at < to; at += step)
        {
            var place = 100.0 * (at - from) / (to - from);
            if (place is >= 6 and <= 94)
            {
                var time = DateTimeOffset.FromUnixTimeSeconds(at).UtcDateTime;
                ticks.Add((place.ToString("0.##", CultureInfo.InvariantCulture) + "%", time.ToString(at % 86_400 == 0 ? "MM-dd" : step < 60 ? "HH:mm:ss" : "HH:mm", CultureInfo.InvariantCulture)));
            }
        }

        return ticks;
    }

    private static string X(int point, int count) => (1000 * (point + 0.5) / count).ToString("0.#", CultureInfo.InvariantCulture);

    private static string Y(double number, double top) => (100 - (100 * Math.Clamp(number / top, 0, 1))).ToString("0.##", CultureInfo.InvariantCulture);
}
