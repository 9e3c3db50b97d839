using System.Globalization;
using Beffroi.Contracts;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>Which metrics are looked at, and of when, as the address has it.</summary>
/// <param name="Range">The last hours or days; what an address has no times for.</param>
/// <param name="From">As it was typed; empty for none.</param>
/// <param name="To">As it was typed; empty for now.</param>
/// <param name="Chart">Only this picture, large; null for all.</param>
/// <param name="Node">Only this node; empty for the primary with its replicas.</param>
internal sealed record MetricsAsked(string Range, string From, string To, MetricChart? Chart, string Node)
{
    private const string Usual = "6h";

    /// <summary>What is offered.</summary>
    public static IReadOnlyList<(string Name, TimeSpan Length)> Ranges { get; } =
        [("1h", TimeSpan.FromHours(1)), (Usual, TimeSpan.FromHours(6)), ("24h", TimeSpan.FromHours(24)), ("7d", TimeSpan.FromDays(7)), ("30d", TimeSpan.FromDays(30))];

    /// <summary>Whether it is of times that somebody chose, and not up to now.</summary>
    public bool IsChosen => From.Length + To.Length > 0;

    public static MetricsAsked Of(Visit visit)
    {
        var range = visit.Query("range");
        return new(Ranges.Any(r => r.Name == range) ? range : Usual, visit.Query("from"), visit.Query("to"), MetricChart.Find(visit.Query("chart")), visit.Query("node"));
    }

    /// <summary>The times; null where they are none, with why.</summary>
    public (DateTimeOffset From, DateTimeOffset To)? Times(DateTimeOffset now, out ProblemDocument? problem)
    {
        problem = null;
        if (!IsChosen)
        {
            return (now - Ranges.First(r => r.Name == Range).Length, now);
        }

        var errors = new List<Kernel.FieldError>();
        var to = To.Length == 0 ? now : Moment("to", To, errors);
        var from = From.Length == 0 ? to - TimeSpan.FromHours(6) : Moment("from", From, errors);
        if (errors.Count == 0 && from >= to)
        {
            errors.Add(new("from", "The beginning is not before the end.", "a moment before the end"));
        }

        if (errors.Count > 0)
        {
            problem = new ProblemDocument("urn:beffroi:problem:invalid-query", "The query is not valid", 400, string.Join(" ", errors.Select(e => e.Message)), null, errors);
            return null;
        }

        return (from, to);
    }

    /// <summary>The address of the page with other choices; what is null stays as it is.</summary>
    public string Address(string here, string? range = null, (DateTimeOffset From, DateTimeOffset To)? times = null, string? chart = null, string? node = null)
    {
        var fields = new List<(string Name, string Value)>();
        if (times is { } chosen)
        {
            fields.AddRange([("from", Typed(chosen.From)), ("to", Typed(chosen.To))]);
        }
        else if (range is not null || !IsChosen)
        {
            fields.Add(("range", range ?? Range));
        }
        else
        {
            fields.AddRange([("from", From), ("to", To)]);
        }

        fields.AddRange([("chart", chart ?? Chart?.Key ?? ""), ("node", node ?? Node)]);
        return here + "?" + string.Join('&', fields.Where(f => f.Value.Length > 0).Select(f => f.Name + "=" + Uri.EscapeDataString(f.Value)));
    }

    /// <summary>A moment as it is typed, in UTC.</summary>
    public static string Typed(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static DateTimeOffset Moment(string field, string text, List<Kernel.FieldError> errors)
    {
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment) && moment.Year is >= 2000 and < 3000)
        {
            return moment;
        }

        errors.Add(new(field, "This is not a moment.", "e.g. 2026-11-27 08:30, in UTC"));
        return default;
    }
}
