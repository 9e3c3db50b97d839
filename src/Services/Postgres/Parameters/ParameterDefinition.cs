using System.Globalization;
using System.Text.RegularExpressions;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;

namespace Beffroi.Services.Postgres.Parameters;

/// <summary>One setting that a customer may set. What its values can be is a closed list or a range: nothing else reaches a configuration file.</summary>
/// <param name="Name">As <c>pg_settings.name</c>, in lower case.</param>
/// <param name="Type"><c>bool</c>, <c>integer</c>, <c>real</c>, <c>enum</c> or <c>string</c>, as <c>pg_settings.vartype</c>.</param>
/// <param name="Default">What it is when nobody sets it; null if the agent computes it from the size.</param>
/// <param name="Description">What it does, in a line.</param>
internal sealed partial record ParameterDefinition(string Name, string Type, string? Default, string Description)
{
    /// <summary>As <c>pg_settings.unit</c>; null for a bare number and for what is no number.</summary>
    internal ParameterUnit? Unit { get; init; }

    /// <summary>In its own unit; 0 where it is no number.</summary>
    internal decimal Least { get; init; }

    /// <summary>In its own unit; 0 where it is no number.</summary>
    internal decimal Greatest { get; init; }

    /// <summary>A value outside of the range that means something else.</summary>
    internal decimal? Special { get; init; }

    /// <summary>The greatest value for a database, in bytes or as a bare number; null if the size does not matter.</summary>
    internal Func<ParameterScope, long>? Limit { get; init; }

    /// <summary>For what is no number: all that it can be.</summary>
    internal IReadOnlyList<string> Allowed { get; init; } = [];

    /// <summary>Whether it is several of <see cref="Allowed"/>, a comma between and perhaps a minus before one, which takes that out again.</summary>
    internal bool IsList { get; init; }

    /// <summary>Whether it is the name of a role, in the form that roles of a spec have.</summary>
    internal bool IsRole { get; init; }

    /// <summary>Whether PostgreSQL reads it only when it starts (<c>pg_settings.context</c> = postmaster).</summary>
    internal bool NeedsRestart { get; init; }

    internal bool IsNumber => Type is "integer" or "real";

    /// <summary>The greatest value for a database, in the setting's own unit.</summary>
    internal decimal GreatestFor(ParameterScope? scope) =>
        scope is null || Limit is null ? Greatest : Math.Max(Least, Math.Min(Greatest, decimal.Floor(Limit(scope) / (decimal)(Unit?.Size ?? 1))));

    /// <summary>
    /// A value in the one form in which it is kept; null if it is not one that it can have there. Numbers have their unit; <c>0</c> and a special value may go
    /// without, as they mean the same in each.
    /// </summary>
    internal string? Normal(string? text, ParameterScope? scope) =>
        text is null ? null
        : IsNumber ? Number(text) is { } number && (number == Special || (number >= Least && number <= GreatestFor(scope))) ? Written(number) : null
        : Type == "bool" ? text.ToLowerInvariant() switch { "on" or "true" or "yes" or "1" => "on", "off" or "false" or "no" or "0" => "off", _ => null }
        : IsList ? List(text)
        : IsRole ? CustomerRoles.IsName(text) ? text : null
        : Allowed.FirstOrDefault(allowed => allowed.Equals(text, StringComparison.OrdinalIgnoreCase));

    /// <summary>What it can be, in words.</summary>
    internal string AllowedText(ParameterScope? scope) =>
        IsNumber ? $"{Written(Least)} to {Written(GreatestFor(scope))}{(Special is { } special ? ", or " + Written(special) : "")}{(Unit is null ? "" : ", with its unit")}"
        : IsRole ? "the name of a role: 1 to 63 of a-z, 0-9 and _, beginning with a letter; none that PostgreSQL or the platform has for itself"
        : IsList ? $"one or more of {string.Join(", ", Allowed)}, with commas between; a - before one takes it out"
        : Allowed.Count > 40 ? $"{string.Join(", ", Allowed.Take(3))}, … ({Allowed.Count} values: beffroi postgres parameters list -o json)"
        : string.Join(", ", Allowed);

    /// <summary>How it is shown.</summary>
    internal PostgresParameter Shown(ParameterScope? scope) => new(
        Name, Type, Unit?.Name, IsNumber ? Written(Least) : null, IsNumber ? Written(GreatestFor(scope)) : null, Special is { } special ? Written(special) : null,
        IsNumber || IsRole ? null : Allowed, Default, NeedsRestart, Description);

    /// <summary>The number in its own unit; null if it isn't written as one, or is no multiple of the unit where it has to be.</summary>
    internal decimal? Number(string text)
    {
        if (NumberForm().Match(text) is not { Success: true } match)
        {
            return null;
        }

        var number = decimal.Parse(match.Groups["number"].ValueSpan, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        var unit = match.Groups["unit"].Value;
        if (Unit is not null && (unit.Length > 0 || (number != 0 && number != Special)))
        {
            if (Unit.Written.FirstOrDefault(u => u.Name == unit) is not { } given)
            {
                return null;
            }

            number = number * given.Size / Unit.Size;
        }
        else if (unit.Length > 0)
        {
            return null;
        }

        return Type == "real" || decimal.IsInteger(number) ? number : null;
    }

    // As PostgreSQL reads such lists: spaces and case don't count.
    private string? List(string text)
    {
        var words = text.ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries);
        return words.Length <= 2 * Allowed.Count && words.Distinct(StringComparer.Ordinal).Count() == words.Length && words.All(word => Allowed.Contains(word.StartsWith('-') ? word[1..] : word))
            ? string.Join(',', words) : null;
    }

    private string Written(decimal number)
    {
        if (Unit is null || number == 0 || number == Special)
        {
            return Plain(number);
        }

        var size = number * Unit.Size;
        var unit = Unit.Written.First(u => size % u.Size == 0 || u.Size == 1);
        return Plain(size / unit.Size) + unit.Name;
    }

    private static string Plain(decimal number) => number == 0 ? "0" : number.ToString("0.############", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A(?<number>-?[0-9]{1,15}(?:\.[0-9]{1,6})?)(?<unit>[A-Za-z]{0,3})\z", RegexOptions.CultureInvariant)]
    private static partial Regex NumberForm();
}
