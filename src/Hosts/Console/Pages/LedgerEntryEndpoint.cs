using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Beffroi.Contracts;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>One entry of the ledger, and what a browser needs to verify it: the log's key, its checkpoint and its tiles, as the API gives them.</summary>
internal static partial class LedgerEntryEndpoint
{
    private static readonly string[] Shown = ["loggedAt", "actor", "onBehalfOf", "approvedBy", "action", "outcome", "resource", "reason"];

    public static async Task<IResult> ShowAsync(Visit visit, string number)
    {
        var t = visit.Frame.Texts;
        var record = long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? (await visit.Api.GetAsync(string.Create(CultureInfo.InvariantCulture, $"{visit.Root}/ledger?from={index}&limit=1"), WireJson.Default.LedgerPage)).Items.FirstOrDefault(r => r.Index == index)
            : null;
        return record is null
            ? new HtmlPage<MessagePage>(404, new() { ["Around"] = visit.Frame with { Title = t.NotFound }, ["Text"] = t.NotFoundMore })
            : new HtmlPage<LedgerEntryPage>(200, new()
            {
                ["Around"] = visit.Frame with { Title = string.Format(CultureInfo.InvariantCulture, t.EntryTitle, index), Scripts = [ScriptFiles.Verify] },
                ["Index"] = index,
                ["Entry"] = record.Entry,
                ["Fields"] = FieldsOf(record.Entry),
            });
    }

    /// <summary>The log itself, for the script. What isn't a name of something of it isn't asked for.</summary>
    public static async Task<IResult> ReadAsync(Visit visit, string path) =>
        LogPath().IsMatch(path) ? Results.Bytes(await visit.Api.BytesAsync($"{visit.Root}/ledger/{path}"), "application/octet-stream") : Results.NotFound();

    private static List<(string Name, string Text)> FieldsOf(string text)
    {
        using var entry = JsonDocument.Parse(text);
        return [.. Shown.Select(name => (name, entry.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : ""))];
    }

    [GeneratedRegex("^(key|checkpoint|tile/(entries|[0-7])(/x?[0-9]{3}){1,7}(\\.p/[0-9]{1,3})?)\\z")]
    private static partial Regex LogPath();
}
