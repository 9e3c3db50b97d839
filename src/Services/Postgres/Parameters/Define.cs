namespace Beffroi.Services.Postgres.Parameters;

/// <summary>How the lines of <see cref="ParameterCatalogue"/> are written. Bounds are written as values are.</summary>
internal static class Define
{
    /// <summary>The most that PostgreSQL counts in milliseconds.</summary>
    internal const string LongestTime = "2147483647ms";

    internal static ParameterDefinition Integer(
        string name, string? unit, string least, string greatest, string? preset, string description, decimal? special = null, Func<ParameterScope, long>? most = null) =>
        Number("integer", name, unit, least, greatest, preset, description, special, most);

    internal static ParameterDefinition Real(string name, string? unit, string least, string greatest, string? preset, string description, decimal? special = null) =>
        Number("real", name, unit, least, greatest, preset, description, special, null);

    internal static ParameterDefinition Bool(string name, string preset, string description) => new(name, "bool", preset, description) { Allowed = ["on", "off"] };

    internal static ParameterDefinition Choice(string name, string preset, string description, params string[] allowed) => new(name, "enum", preset, description) { Allowed = allowed };

    internal static ParameterDefinition Text(string name, string preset, string description, params string[] allowed) => new(name, "string", preset, description) { Allowed = allowed };

    internal static ParameterDefinition List(string name, string preset, string description, params string[] words) =>
        new(name, "string", preset, description) { Allowed = words, IsList = true };

    internal static ParameterDefinition Role(string name, string description) => new(name, "string", null, description) { IsRole = true };

    internal static ParameterDefinition WithRestart(this ParameterDefinition definition) => definition with { NeedsRestart = true };

    private static ParameterDefinition Number(
        string type, string name, string? unit, string least, string greatest, string? preset, string description, decimal? special, Func<ParameterScope, long>? most)
    {
        var definition = new ParameterDefinition(name, type, preset, description) { Unit = unit is null ? null : ParameterUnit.Of(unit), Special = special, Limit = most };
        return definition with
        {
            Least = definition.Number(least) ?? throw new InvalidOperationException(name + ": " + least),
            Greatest = definition.Number(greatest) ?? throw new InvalidOperationException(name + ": " + greatest),
        };
    }
}
