using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>Which entries of the ledger are looked for, as it was typed. What is wrong with it, the API says.</summary>
/// <param name="Action">As in an entry.</param>
/// <param name="Actor">As in an entry.</param>
/// <param name="OnBehalfOf">As in an entry.</param>
/// <param name="Outcome">As in an entry.</param>
/// <param name="Since">A day, from its beginning (UTC).</param>
/// <param name="Until">A day, to its end (UTC).</param>
internal sealed record LedgerSearch(string Action, string Actor, string OnBehalfOf, string Outcome, string Since, string Until)
{
    /// <summary>What an outcome can be.</summary>
    public static IReadOnlyList<string> Outcomes { get; } = ["accepted", "refused", "done", "failed"];

    /// <summary>As the address has it.</summary>
    public static LedgerSearch Of(Visit visit) => new(visit.Query("action"), visit.Query("actor"), visit.Query("onBehalfOf"), visit.Query("outcome"), visit.Query("since"), visit.Query("until"));

    /// <summary>Whether anything is looked for.</summary>
    public bool IsAny => Fields.Any(f => f.Value.Length > 0);

    /// <summary>The part of an address that looks for the same.</summary>
    public string Address => string.Concat(Fields.Where(f => f.Value.Length > 0).Select(f => $"&{f.Name}={Uri.EscapeDataString(f.Value)}"));

    /// <summary>The query of the API's. A day that is none goes as it is.</summary>
    public QueryString Query(long from, int limit) => QueryString.Create(
        Fields.Where(f => f.Value.Length > 0).Select(f => KeyValuePair.Create(f.Name, (string?)(f.Name is "since" or "until" ? Time(f.Value, f.Name == "until") : f.Value)))
            .Append(KeyValuePair.Create("from", (string?)from.ToString(CultureInfo.InvariantCulture)))
            .Append(KeyValuePair.Create("limit", (string?)limit.ToString(CultureInfo.InvariantCulture))));

    /// <summary>What does the same at the command line; null where a value is in it that a shell might take for more than a word.</summary>
    public string? Command =>
        Fields.All(f => f.Value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or ':' or '/')) && Fields.All(f => !f.Value.StartsWith('-'))
            ? "beffroi ledger search" + string.Concat(Fields.Where(f => f.Value.Length > 0).Select(f => $" --{Option(f.Name)} {(f.Name is "since" or "until" ? Time(f.Value, f.Name == "until") : f.Value)}"))
            : null;

    private (string Name, string Value)[] Fields => [("action", Action), ("actor", Actor), ("onBehalfOf", OnBehalfOf), ("outcome", Outcome), ("since", Since), ("until", Until)];

    private static string Option(string field) => field == "onBehalfOf" ? "on-behalf-of" : field;

    private static string Time(string day, bool end) =>
        DateTime.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date.Year < 9000
            ? date.AddDays(end ? 1 : 0).ToString("yyyy-MM-dd'T00:00:00Z'", CultureInfo.InvariantCulture)
            : day;
}
