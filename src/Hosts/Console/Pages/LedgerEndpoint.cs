using System.Globalization;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.Api;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>The organization's ledger, newest first, and searching it.</summary>
internal static class LedgerEndpoint
{
    private const int Shown = 50;

    public static async Task<IResult> ShowAsync(Visit visit)
    {
        var search = LedgerSearch.Of(visit);
        if (search.IsAny)
        {
            return await SearchAsync(visit, search);
        }

        // The newest checkpoint's second line is how many entries there are (C2SP tlog-checkpoint).
        var checkpoint = (await visit.Api.TextAsync(visit.Root + "/ledger/checkpoint")).Split('\n');
        var size = checkpoint.Length > 1 && long.TryParse(checkpoint[1], NumberStyles.None, CultureInfo.InvariantCulture, out var entries) ? entries : 0;
        var end = visit.Http.Request.Query["before"] is [{ } asked] && long.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var before) ? Math.Min(before, size) : size;
        var from = Math.Max(0, end - Shown);
        var page = end > from
            ? await visit.Api.GetAsync(string.Create(CultureInfo.InvariantCulture, $"{visit.Root}/ledger?from={from}&limit={end - from}"), WireJson.Default.LedgerPage)
            : new LedgerPage([], null);
        return new HtmlPage<LedgerListPage>(200, new()
        {
            ["Around"] = visit.Frame with { Title = visit.Frame.Texts.Ledger },
            ["Entries"] = page.Items.Where(e => e.Index < end).Select(Line.Of).Reverse().ToList(),
            ["Size"] = size,
            ["Before"] = from,
            ["Newest"] = end == size,
            ["Looked"] = search,
        });
    }

    private static async Task<IResult> SearchAsync(Visit visit, LedgerSearch search)
    {
        var from = long.TryParse(visit.Query("from"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 0;
        LedgerPage page = new([], null);
        ProblemDocument? problem = null;
        try
        {
            page = await visit.Api.GetAsync(visit.Root + "/ledger" + search.Query(from, Shown), WireJson.Default.LedgerPage);
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status == 400)
        {
            problem = refusal.Problem;
        }

        return new HtmlPage<LedgerListPage>(problem?.Status ?? 200, new()
        {
            ["Around"] = visit.Frame with { Title = visit.Frame.Texts.Ledger, Path = "/console/ledger?" + search.Address.TrimStart('&') },
            ["Entries"] = page.Items.Select(Line.Of).ToList(),
            ["Newest"] = true,
            ["Next"] = page.Next,
            ["Looked"] = search,
            ["Problem"] = problem,
        });
    }

    /// <summary>What a page shows of an entry.</summary>
    internal sealed record Line(long Index, string At, string Actor, string OnBehalfOf, string ApprovedBy, string Action, string Outcome, string Resource, string Reason)
    {
        /// <summary>Who else had a part in it, and which.</summary>
        public IEnumerable<(string How, string Who)> Others(ConsoleTexts texts) =>
            new[] { (How: texts.OnBehalfOf, Who: OnBehalfOf), (How: texts.ApprovedBy, Who: ApprovedBy) }.Where(o => o.Who.Length > 0);

        public static Line Of(LedgerRecord record)
        {
            using var entry = JsonDocument.Parse(record.Entry);
            string Text(string name) => entry.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
            return new(record.Index, Text("loggedAt"), Text("actor"), Text("onBehalfOf"), Text("approvedBy"), Text("action"), Text("outcome"), Text("resource"), Text("reason"));
        }
    }
}
