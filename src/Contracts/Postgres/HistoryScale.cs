using System.Globalization;

namespace Beffroi.Contracts.Postgres;

/// <summary>How a series' numbers are written for people: in the unit in which the largest of them is short.</summary>
/// <param name="Factor">What a number is divided by.</param>
/// <param name="Suffix">What stands behind it; empty for nothing.</param>
public sealed record HistoryScale(double Factor, string Suffix)
{
    private static readonly (double Factor, string Suffix)[] Binary = [(1L << 40, "TiB"), (1L << 30, "GiB"), (1L << 20, "MiB"), (1L << 10, "KiB"), (1, "B")];
    private static readonly (double Factor, string Suffix)[] Times = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    private static readonly (double Factor, string Suffix)[] Thousands = [(1e9, "G"), (1e6, "M"), (1e3, "k"), (1, "")];

    /// <summary>For numbers of a unit of <see cref="PostgresHistorySeries.Unit"/> up to <paramref name="largest"/>. An unknown unit's are written as they are.</summary>
    public static HistoryScale Of(string unit, double largest) => unit switch
    {
        "bytes" => Among(Binary, largest, ""),
        "bytes-per-second" => Among(Binary, largest, "/s"),
        "seconds" => Among(Times, largest, ""),
        "share" => new(0.01, "%"),
        "per-second" => Among(Thousands, largest, "/s"),
        "per-minute" => Among(Thousands, largest, "/min"),
        _ => Among(Thousands, largest, ""),
    };

    /// <summary>A number without what stands behind it: three digits that say something, or all before the point.</summary>
    public string Number(double value)
    {
        var scaled = value / Factor;
        return scaled.ToString(scaled >= 99.95 ? "0" : scaled >= 9.995 ? "0.#" : "0.##", CultureInfo.InvariantCulture);
    }

    /// <summary>A number with what stands behind it, e.g. <c>1.5 GiB</c>.</summary>
    public string Text(double value) => Suffix.Length == 0 ? Number(value) : Number(value) + " " + Suffix;

    private static HistoryScale Among((double Factor, string Suffix)[] steps, double largest, string end)
    {
        var (factor, suffix) = steps.First(step => largest >= step.Factor || step.Factor == 1);
        return new(factor, suffix + end);
    }
}
