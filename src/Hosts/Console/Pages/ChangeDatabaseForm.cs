using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>What a PostgreSQL shall be from now on, as it was typed in. What is wrong with it, the API says.</summary>
/// <param name="Generation">Of what was shown when it was typed.</param>
/// <param name="Size">As in the spec.</param>
/// <param name="Storage">As in the spec.</param>
/// <param name="Availability">As in the spec.</param>
/// <param name="RetentionDays">As in the spec.</param>
/// <param name="Protected">As in the spec.</param>
/// <param name="Parameters">A line each: <c>work_mem = 16MB</c>.</param>
/// <param name="Extensions">Those that are ticked.</param>
/// <param name="Pooler">The mode of its connection pooler; <c>off</c> for none, empty for what there is.</param>
/// <param name="Window">When it is maintained, as <see cref="MaintenanceWindow.ToString"/> writes it; empty for none.</param>
internal sealed record ChangeDatabaseForm(
    string Generation, string Size, string Storage, string Availability, string RetentionDays, bool Protected, string Parameters, IReadOnlyList<string> Extensions, string Window,
    string Pooler)
{
    /// <summary>The most characters of one field.</summary>
    public const int Longest = 6000;

    /// <summary>What is chosen for no pooler.</summary>
    public const string Off = "off";

    /// <summary>As it is now.</summary>
    public static ChangeDatabaseForm Of(PostgresSpec spec, long generation) => new(
        generation.ToString(CultureInfo.InvariantCulture), spec.Size, spec.Storage, spec.Availability, spec.BackupOrDefault.RetentionDays.ToString(CultureInfo.InvariantCulture), spec.DeletionProtection,
        string.Join('\n', (spec.Parameters ?? new Dictionary<string, string>()).Select(p => p.Key + " = " + p.Value)), spec.Extensions ?? [], spec.MaintenanceWindow?.ToString() ?? "",
        spec.Pooler?.Mode ?? Off);

    /// <summary>As it was typed.</summary>
    public static ChangeDatabaseForm Of(Func<string, string> field, IEnumerable<PostgresExtensionOffer> offers) => new(
        field("generation"), field("size"), field("storage"), field("availability"), field("retentionDays"), field("protected") == "on", field("parameters").ReplaceLineEndings("\n"),
        [.. offers.Select(offer => offer.Name).Where(name => field("extension-" + name) == "on")], field("window").Trim(), field("pooler"));

    /// <summary>The whole spec; a number that is none is 0, a line that is no pair a name without a value, and a window of another form a day: all are refused by the API.</summary>
    public PostgresSpec Spec(PostgresSpec before) => before with
    {
        Size = Size,
        Storage = Storage,
        Availability = Availability,
        DeletionProtection = Protected,
        Backup = Days == before.BackupOrDefault.RetentionDays ? before.Backup : before.BackupOrDefault with { RetentionDays = Days },
        Parameters = Pairs.ToDictionary(p => p.Name, p => p.Value),
        Extensions = Extensions,
        MaintenanceWindow = Window.Length == 0 ? null : MaintenanceWindow.Parse(Window) ?? new(Window, "", ""),
        Pooler = Pooler switch { "" => before.Pooler, Off => null, _ => (before.Pooler ?? new()) with { Mode = Pooler } },
    };

    /// <summary>A name that is on two lines; null if there is none.</summary>
    public string? Twice => Lines.GroupBy(p => p.Name).FirstOrDefault(g => g.Count() > 1)?.Key;

    /// <summary>For an address that shows the form as it is typed in.</summary>
    public QueryString Query => QueryString.Create(new Dictionary<string, string?>
    {
        ["generation"] = Generation,
        ["size"] = Size,
        ["storage"] = Storage,
        ["availability"] = Availability,
        ["retentionDays"] = RetentionDays,
        ["protected"] = Protected ? "on" : "off",
        ["parameters"] = Parameters,
        ["window"] = Window,
        ["pooler"] = Pooler,
    }.Concat(Extensions.Select(name => KeyValuePair.Create("extension-" + name, (string?)"on"))));

    /// <summary>
    /// What does the same at the command line; empty if nothing would change, null where a value is in it that the API would refuse and a shell might take for more than a
    /// word.
    /// </summary>
    public string? Command(string name, string organization, string space, PostgresSpec before)
    {
        var after = Spec(before);
        var (had, has) = (before.Parameters ?? new Dictionary<string, string>(), after.Parameters!);
        List<(string Option, string Value)> words = [];
        Add(after.Size != before.Size, "--size", Size);
        Add(after.Storage != before.Storage, "--storage", Storage);
        Add(after.Availability != before.Availability, "--availability", Availability);
        Add(after.Backup != before.Backup, "--retention-days", RetentionDays);
        Add(after.DeletionProtection != before.DeletionProtection, "--deletion-protection", Protected ? "on" : "off");
        Add(after.MaintenanceWindow != before.MaintenanceWindow, "--maintenance-window", after.MaintenanceWindow?.ToString() ?? "off");
        Add(after.Pooler != before.Pooler, "--pooler", after.Pooler?.Mode ?? Off);
        words.AddRange(has.Where(p => had.GetValueOrDefault(p.Key) != p.Value).Select(p => ("--parameter", p.Key + "=" + p.Value)));
        words.AddRange(had.Keys.Where(key => !has.ContainsKey(key)).Select(key => ("--parameter", key + "=")));
        words.AddRange(Extensions.Except(before.Extensions ?? []).Select(extension => ("--extension", extension)));
        words.AddRange((before.Extensions ?? []).Except(Extensions).Select(extension => ("--no-extension", extension)));
        return words.Count == 0 ? ""
            : words.All(word => IsPlain(word.Value)) ? $"beffroi postgres update {name} --space {organization}/{space} " + string.Join(' ', words.Select(word => word.Option + " " + Quoted(word.Value)))
            : null;

        void Add(bool differs, string option, string value)
        {
            if (differs)
            {
                words.Add((option, value));
            }
        }
    }

    private int Days => int.TryParse(RetentionDays, NumberStyles.None, CultureInfo.InvariantCulture, out var days) ? days : 0;

    private IEnumerable<(string Name, string Value)> Lines => Parameters.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(line => line.Split('=', 2, StringSplitOptions.TrimEntries)).Select(pair => (pair[0], pair.Length > 1 ? pair[1] : ""));

    private IEnumerable<(string Name, string Value)> Pairs => Lines.GroupBy(p => p.Name).Select(g => g.First());

    private static bool IsPlain(string text) => text.Length > 0 && text[0] != '-' && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '=' or '/' or '+' or ',' or ':' or ' ');

    private static string Quoted(string text) => text.Contains(' ', StringComparison.Ordinal) ? "'" + text + "'" : text;
}
