using System.Globalization;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary>What was measured over a time, as a table with a small picture of each series.</summary>
internal static class HistoryTable
{
    // Characters of a picture.
    private const int Width = 48;
    private const string Heights = "▁▂▃▄▅▆▇█";

    public static async Task<int> ShowAsync(Session session, string name, DateTimeOffset since, string? metric, string? node, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        // For a program as fine as the platform gives it by itself; for a picture one point a character.
        var step = session.Results.Json ? 0 : Math.Max(1, (long)Math.Round((now - since).TotalSeconds / Width));
        var history = await session.Api.GetAsync(Paths.History(session.Space, name, since, step, metric, node), ApiClient.Wire.PostgresHistory, cancellationToken);
        session.Results.Value(history, wire => wire.PostgresHistory, writer => Write(writer, session.Terminal, history));
        foreach (var silent in history.Nodes.Where(n => !n.Answered))
        {
            await session.Terminal.Error.WriteLineAsync($"{silent.Name} does not answer now; what it has measured is on its volume alone.");
        }

        return ExitCode.Ok;
    }

    /// <summary>A line of blocks whose heights are the numbers, from 0 to the largest; a blank where nothing was measured.</summary>
    internal static string Picture(IReadOnlyList<float?> numbers)
    {
        var most = numbers.Max() ?? 0;
        return string.Concat(numbers.Select(number => number is not { } n ? ' ' : most <= 0 ? Heights[0] : Heights[Math.Clamp((int)(n / most * Heights.Length), 0, Heights.Length - 1)]));
    }

    private static void Write(TextWriter writer, Terminal terminal, PostgresHistory history)
    {
        var several = history.Nodes.Count > 1;
        string[] headings = ["METRIC", "LEAST", "MEAN", "MOST", "LAST", $"{Time(history.From)} TO {Time(history.To)} UTC"];
        Columns.Write(writer, terminal.Interactive, several ? ["NODE", .. headings] : headings, history.Nodes.SelectMany(node => node.Series.Select(series =>
        {
            var scale = HistoryScale.Of(series.Unit, series.Maximum.Max() ?? 0);
            string?[] row =
            [
                series.Metric, Text(scale, series.Minimum.Min()), Text(scale, series.Average.Average()), Text(scale, series.Maximum.Max()), Text(scale, series.Average.LastOrDefault(n => n is not null)),
                Picture(series.Average),
            ];
            return several ? [(node.Role + " " + node.Name[^Math.Min(6, node.Name.Length)..]).TrimStart(), .. row] : row;
        })));
    }

    private static string? Text(HistoryScale scale, float? number) => number is { } n ? scale.Text(n) : null;

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
