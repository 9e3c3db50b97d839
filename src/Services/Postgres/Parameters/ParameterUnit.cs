namespace Beffroi.Services.Postgres.Parameters;

/// <summary>
/// A unit of PostgreSQL's settings (documentation, 19.1.1 Parameter Names and Values): memory counts in bytes, time in microseconds; letters' case counts.
/// </summary>
/// <param name="Name">As it is written after a number, or as <c>pg_settings.unit</c> has it (<c>8kB</c>, which can't be written).</param>
/// <param name="Size">In bytes or in microseconds.</param>
internal sealed record ParameterUnit(string Name, long Size)
{
    private static readonly ParameterUnit[] Memory =
        [new("TB", 1L << 40), new("GB", 1L << 30), new("MB", 1L << 20), new("kB", 1L << 10), new("B", 1)];

    private static readonly ParameterUnit[] Time =
        [new("d", 86_400_000_000), new("h", 3_600_000_000), new("min", 60_000_000), new("s", 1_000_000), new("ms", 1_000), new("us", 1)];

    /// <summary>The unit as <c>pg_settings</c> names it.</summary>
    /// <exception cref="InvalidOperationException">There is none of that name.</exception>
    internal static ParameterUnit Of(string name) => name == "8kB" ? new ParameterUnit("8kB", 8 << 10) : Memory.Concat(Time).First(unit => unit.Name == name);

    /// <summary>Those that a value can be written in whose own unit this is, from the largest.</summary>
    internal IReadOnlyList<ParameterUnit> Written => Time.Any(unit => unit.Name == Name) ? Time : Memory;
}
