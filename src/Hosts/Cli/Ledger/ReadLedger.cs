using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Transparency;

namespace Beffroi.Hosts.Cli.Ledger;

/// <summary><c>ledger tail</c> and <c>ledger search</c>.</summary>
internal static class ReadLedger
{
    private const int PageSize = 200;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly string[] Filters = ["action", "actor", "onBehalfOf", "outcome", "resource", "since", "until"];

    public static Command Tail(GlobalOptions options, Terminal terminal)
    {
        var lines = new Option<int>("--lines", "-n") { Description = "How many entries to show", DefaultValueFactory = _ => 20, HelpName = "COUNT" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with new entries until interrupted" };
        return options.Run(terminal, new Command("tail", "Show the newest entries; --output json prints each exactly as it is hashed") { lines, follow }, async (session, result, token) =>
        {
            var note = await ApiLog.Of(session).FindCheckpointAsync(token);
            // Only for knowing where to begin; whether it is true is looked at afterwards.
            var size = note is null ? 0 : Checkpoint.Parse(SignedNote.Parse(note)?.Text ?? note)?.Size ?? 0;
            var next = Math.Max(0, size - Math.Max(1, result.GetValue(lines)));
            do
            {
                await foreach (var record in PagesAsync(session, next, "", long.MaxValue, token))
                {
                    next = record.Index + 1;
                    Write(session, record);
                }

                if (result.GetValue(follow))
                {
                    await Task.Delay(Interval, token);
                }
            }
            while (result.GetValue(follow));
            return ExitCode.Ok;
        });
    }

    public static Command Search(GlobalOptions options, Terminal terminal)
    {
        Option<string?> Filter(string name, string description, string help) => new("--" + name) { Description = description, HelpName = help };
        Option<string?>[] filters =
        [
            Filter("action", "Only this action, e.g. postgres.create", "ACTION"),
            Filter("actor", "Only this actor, e.g. customer:alice", "ACTOR"),
            Filter("on-behalf-of", "Only what another did on behalf of them: the platform, for an operation that they asked for", "ACTOR"),
            Filter("outcome", "Only entries with this outcome", "accepted|refused|done|failed"),
            Filter("resource", "Only about this resource, by its path at the API, and what is below it", "PATH"),
            Filter("since", "Only what was logged at this time (RFC 3339) or later", "TIME"),
            Filter("until", "Only what was logged before this time (RFC 3339)", "TIME"),
        ];
        var limit = new Option<long>("--limit") { Description = "The most entries to show", DefaultValueFactory = _ => 1000, HelpName = "COUNT" };
        var command = new Command("search", "Show the entries that match, oldest first") { limit };
        Array.ForEach(filters, command.Options.Add);
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var query = new StringBuilder();
            for (var i = 0; i < filters.Length; i++)
            {
                if (result.GetValue(filters[i]) is { Length: > 0 } value)
                {
                    query.Append('&').Append(Filters[i]).Append('=').Append(Uri.EscapeDataString(value));
                }
            }

            var found = 0L;
            await foreach (var record in PagesAsync(session, 0, query.ToString(), result.GetValue(limit), token))
            {
                found++;
                Write(session, record);
            }

            if (found == 0)
            {
                await session.Terminal.Error.WriteLineAsync("No entry matches.");
            }
            else if (found == result.GetValue(limit))
            {
                await session.Terminal.Error.WriteLineAsync($"These are the first {found}; there may be more: --limit");
            }

            return ExitCode.Ok;
        });
    }

    private static async IAsyncEnumerable<LedgerRecord> PagesAsync(
        Session session, long from, string query, long most, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long? next = from;
        while (next is { } at && most > 0)
        {
            var page = await session.Api.GetAsync(
                string.Create(CultureInfo.InvariantCulture, $"{ApiLog.PathOf(session)}?limit={Math.Min(PageSize, most)}&from={at}{query}"),
                ApiClient.Wire.LedgerPage,
                cancellationToken);
            foreach (var record in page.Items)
            {
                most--;
                yield return record;
            }

            // A server that sends in circles would keep this busy for ever.
            next = page.Next > at ? page.Next : null;
        }
    }

    private static JsonDocument Parse(LedgerRecord record)
    {
        try
        {
            return JsonDocument.Parse(record.Entry) is { RootElement.ValueKind: JsonValueKind.Object } entry ? entry : throw new JsonException("It is no object.");
        }
        catch (Exception e) when (e is JsonException or ArgumentNullException)
        {
            throw new CliException($"Entry {record.Index} is not readable: {e.Message}", ExitCode.Failed, e);
        }
    }

    private static string Who(string actor, string onBehalfOf, string approvedBy) =>
        actor + (onBehalfOf.Length > 0 ? " on behalf of " + onBehalfOf : "") + (approvedBy.Length > 0 ? " approved by " + approvedBy : "");

    private static void Write(Session session, LedgerRecord record)
    {
        if (session.Results.Json)
        {
            session.Terminal.Out.WriteLine(JsonSerializer.Serialize(record, ApiClient.Wire.LedgerRecord));
            return;
        }

        using var entry = Parse(record);
        string Field(string name) =>
            entry.RootElement.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number ? value.ToString() : "";
        Columns.Line(
            session.Terminal.Out,
            record.Index.ToString(CultureInfo.InvariantCulture), Field("at"), Who(Field("actor"), Field("onBehalfOf"), Field("approvedBy")), Field("action"), Field("resource"), Field("outcome"), Field("reason"));
    }
}
