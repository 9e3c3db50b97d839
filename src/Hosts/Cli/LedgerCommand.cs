using System.CommandLine;
using System.Text.Json;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli;

/// <summary><c>ledger</c>: what was done and refused, by whom.</summary>
internal static class LedgerCommand
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var lines = new Option<int>("--lines", "-n") { Description = "How many entries to show", DefaultValueFactory = _ => 20, HelpName = "COUNT" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with new entries until interrupted" };
        return new Command("ledger", "Read the append-only log of everything that was done or refused in your organization")
        {
            options.Run(terminal, new Command("tail", "Show the newest entries; --output json prints each exactly as it is hashed") { lines, follow }, async (session, result, token) =>
            {
                var last = new Queue<JsonElement>();
                var after = 0L;
                await foreach (var record in ReadAsync(session, after, token))
                {
                    after = record.GetProperty("sequence").GetInt64();
                    last.Enqueue(record);
                    if (last.Count > Math.Max(1, result.GetValue(lines)))
                    {
                        last.Dequeue();
                    }
                }

                foreach (var record in last)
                {
                    Write(session, record);
                }

                while (result.GetValue(follow))
                {
                    await Task.Delay(Interval, token);
                    await foreach (var record in ReadAsync(session, after, token))
                    {
                        after = record.GetProperty("sequence").GetInt64();
                        Write(session, record);
                    }
                }

                return ExitCode.Ok;
            }),
        };
    }

    private static async IAsyncEnumerable<JsonElement> ReadAsync(
        Session session, long after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long? next = after;
        while (next is { } from)
        {
            var page = await session.Api.GetJsonAsync(
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Paths.Ledger(session.Space.Organization)}?limit=200&after={from}"), cancellationToken);
            foreach (var record in page.GetProperty("items").EnumerateArray())
            {
                yield return record;
            }

            next = page.TryGetProperty("next", out var more) && more.ValueKind == JsonValueKind.Number ? more.GetInt64() : null;
        }
    }

    private static void Write(Session session, JsonElement record)
    {
        if (session.Results.Json)
        {
            session.Terminal.Out.WriteLine(record.GetRawText());
            return;
        }

        using var entry = JsonDocument.Parse(record.GetProperty("entry").GetString()!);
        string Field(string name) =>
            entry.RootElement.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number ? value.ToString() : "";
        Columns.Line(session.Terminal.Out, Field("at"), Field("actor"), Field("action"), Field("resource"), Field("outcome"), Field("reason"));
    }
}
