using System.Globalization;
using Beffroi.Contracts;

namespace Beffroi.Hosts.WebConsole.OperatorPages;

/// <summary>A quota as it was typed in; empty for no limit. What is wrong with it, the API says.</summary>
internal sealed record QuotaForm(string Cpus, string Memory, string Storage, string Resources)
{
    private const int MostKinds = 21;

    public static QuotaForm Of(QuotaLimits limits) => new(
        limits.Cpus?.ToString(CultureInfo.InvariantCulture) ?? "", limits.Memory ?? "", limits.Storage ?? "",
        string.Join('\n', (limits.Resources ?? new Dictionary<string, long>()).OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Key}={r.Value}"))));

    public static QuotaForm Of(Func<string, string> field) => new(field("cpus"), field("memory"), field("storage"), field("resources"));

    /// <summary>A number that is none is -1, which the API refuses with the range.</summary>
    public QuotaLimits Limits => new(
        Cpus.Length == 0 ? null : Number(Cpus), Memory.Length == 0 ? null : Memory, Storage.Length == 0 ? null : Storage,
        Lines.Take(MostKinds).Select(line => line.Split('=', 2, StringSplitOptions.TrimEntries)).GroupBy(pair => pair[0], StringComparer.Ordinal)
            .ToDictionary(kind => kind.Key, kind => kind.Last() is [_, var number] ? Number(number) : -1, StringComparer.Ordinal));

    /// <summary>What sets it at the command line; null where a value is in it that a shell might take for more than a word.</summary>
    public string? Command(string organization) =>
        Lines.Append(Cpus).Append(Memory).Append(Storage).All(v => v.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '=')) && Lines.All(l => !l.StartsWith('-'))
            ? $"beffroi --context admin quota set --organization {organization}{Option("cpus", Cpus)}{Option("memory", Memory)}{Option("storage", Storage)}{string.Concat(Lines.Select(l => Option("resources", l)))}"
            : null;

    private string[] Lines => Resources.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string Option(string name, string value) => value.Length == 0 ? "" : $" --{name} {value}";

    private static long Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
