using System.Globalization;

namespace Beffroi.Hosts.Cli.Output;

/// <summary>Text in aligned columns.</summary>
internal static class Columns
{
    public static void Write(TextWriter writer, bool styled, string[] headings, IEnumerable<string?[]> rows)
    {
        var all = rows.Select(r => r.Select(c => Printable(c ?? "-")).ToArray()).ToList();
        var widths = headings.Select((h, i) => Math.Max(h.Length, all.Select(r => r[i].Length).DefaultIfEmpty().Max())).ToArray();
        writer.WriteLine((styled ? "\e[1m" : "") + Line(headings, widths) + (styled ? "\e[0m" : ""));
        foreach (var row in all)
        {
            writer.WriteLine(Line(row, widths));
        }
    }

    /// <summary>Names and values, one pair a line.</summary>
    public static void Pairs(TextWriter writer, params IEnumerable<(string Name, string? Value)> pairs)
    {
        var list = pairs.Where(p => p.Value is not null).ToList();
        var width = list.Max(p => p.Name.Length) + 2;
        foreach (var (name, value) in list)
        {
            writer.WriteLine(name.PadRight(width) + Printable(value!));
        }
    }

    /// <summary>Bytes as people read them: GiB or TiB, to a tenth.</summary>
    public static string Size(long bytes) => bytes >= 1L << 40
        ? (bytes / (double)(1L << 40)).ToString("0.0", CultureInfo.InvariantCulture) + " TiB"
        : (bytes / (double)(1L << 30)).ToString("0.0", CultureInfo.InvariantCulture) + " GiB";

    /// <summary>One line of what isn't empty.</summary>
    public static void Line(TextWriter writer, params IEnumerable<string> cells) =>
        writer.WriteLine(string.Join("  ", cells.Where(c => c is not "").Select(Printable)));

    /// <summary>How long ago, in one unit: <c>5s</c>, <c>12m</c>, <c>3h</c>, <c>9d</c>.</summary>
    public static string Age(DateTimeOffset at, DateTimeOffset now) => (now - at) switch
    {
        { TotalSeconds: < 60 } t => Text(Math.Max(0, t.TotalSeconds), "s"),
        { TotalMinutes: < 60 } t => Text(t.TotalMinutes, "m"),
        { TotalHours: < 48 } t => Text(t.TotalHours, "h"),
        var t => Text(t.TotalDays, "d"),
    };

    /// <summary>Without control characters: what a server sends must not steer the terminal.</summary>
    public static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    private static string Text(double count, string unit) => ((long)count).ToString(CultureInfo.InvariantCulture) + unit;

    private static string Line(string[] cells, int[] widths) => string.Join("  ", cells.Select((c, i) => c.PadRight(widths[i]))).TrimEnd();
}
