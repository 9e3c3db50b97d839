using System.CommandLine;
using System.Globalization;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary><c>postgres logs</c>: PostgreSQL's log, from the database to whoever asks and over nobody else.</summary>
internal static class LogsCommand
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var name = PostgresCommands.Existing(options);
        var lines = new Option<int>("--lines", "-n") { Description = "The most entries to show, the newest of them", DefaultValueFactory = _ => 100, HelpName = "COUNT" };
        var since = new Option<string?>("--since") { Description = "Only what was logged since then: 15m, 2h, 3d, or a time", HelpName = "AGE|TIME" };
        var level = new Option<string?>("--level") { Description = "Only entries of this level or graver", HelpName = string.Join('|', LogEntry.Offered) };
        level.AcceptOnlyFromAmong([.. LogEntry.Offered]);
        var search = new Option<string?>("--search") { Description = "Only entries with this text in them, in whatever case", HelpName = "TEXT" };
        var audit = new Option<bool>("--audit") { Description = "Only who did what: entries of pgaudit (parameters pgaudit.*)" };
        var node = new Option<string?>("--node") { Description = "Only of this node; without, of all", HelpName = "NODE" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with new entries until interrupted" };
        var role = SpecOptions.Role();
        var command = new Command("logs", "Show PostgreSQL's log, read from the database over your own connection; --output json prints each entry as it is in the log, a line each")
        {
            name, lines, since, level, search, audit, node, follow, role,
        };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var filter = new Filter(result.GetValue(since) is { } age ? Since(age, TimeProvider.System.GetUtcNow()) : DateTimeOffset.MinValue, result.GetValue(level), result.GetValue(search), result.GetValue(audit));
            var logs = await OpenAsync(session, result.GetRequiredValue(name), result.GetValue(node), result.GetValue(role), token);
            try
            {
                await NewestAsync(session, logs, filter, Math.Max(0, result.GetValue(lines)), token);
                while (result.GetValue(follow))
                {
                    await Task.Delay(Interval, token);
                    await NewAsync(session, logs, filter, token);
                }

                return ExitCode.Ok;
            }
            finally
            {
                logs.ForEach(log => log.Dispose());
            }
        });
    }

    /// <summary>An age before now, or a time. UTC where it says nothing else.</summary>
    internal static DateTimeOffset Since(string text, DateTimeOffset now) =>
        text.Length > 1 && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && Unit(text[^1]) is { } unit ? now - (count * unit)
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
        : throw new CliException($"--since: {text} is no age and no time. Give it so: 15m, 2h, 3d, or 2026-11-23T08:00:00Z.", ExitCode.Usage);

    private static TimeSpan? Unit(char letter) => letter switch
    {
        's' => TimeSpan.FromSeconds(1),
        'm' => TimeSpan.FromMinutes(1),
        'h' => TimeSpan.FromHours(1),
        'd' => TimeSpan.FromDays(1),
        _ => null,
    };

    private static async Task<List<NodeLog>> OpenAsync(Session session, string name, string? node, string? role, CancellationToken cancellationToken)
    {
        var credentials = await session.Api.GetAsync(Paths.Credentials(session.Space, name, role), ApiClient.Wire.PostgresCredentials, cancellationToken);
        var nodes = (await PostgresCommands.GetAsync(session, name, cancellationToken)).Status.Nodes ?? [];
        if (node is not null && nodes.All(n => n.Name != node))
        {
            throw new CliException($"{name} has no node {node}. It has: {string.Join(", ", nodes.Select(n => n.Name))}", ExitCode.NotFound);
        }

        // Each has a certificate with the database's name.
        var reached = nodes.Where(n => (node is null || n.Name == node) && (nodes.Count == 1 || n.State == "ready")).Select(n => (Name: nodes.Count == 1 ? "" : n.Name, n.Address)).ToList();
        return [.. (reached.Count > 0 ? reached : [("", credentials.Address)]).Select(
            n => new NodeLog(new LogFiles(new Psql(name, credentials with { Address = n.Address, Database = "postgres", ReaderHost = null, ReaderAddress = null })), n.Name))];
    }

    private static async Task NewestAsync(Session session, IReadOnlyList<NodeLog> logs, Filter filter, int most, CancellationToken cancellationToken)
    {
        var found = new List<(string Node, LogEntry Entry)>();
        foreach (var log in logs)
        {
            var left = most;
            await foreach (var entry in log.BackwardsAsync(filter.Since, cancellationToken))
            {
                if (left == 0 || entry.At < filter.Since)
                {
                    break;
                }

                if (filter.Takes(entry))
                {
                    found.Add((log.Node, entry));
                    left--;
                }
            }
        }

        // Each node's are in their own order, which is kept where the time is the same.
        found.Reverse();
        Write(session, found.OrderBy(f => f.Entry.At).TakeLast(most));
        if (found.Count == 0 && most > 0)
        {
            await session.Terminal.Error.WriteLineAsync("No entry matches.");
        }
    }

    private static async Task NewAsync(Session session, IReadOnlyList<NodeLog> logs, Filter filter, CancellationToken cancellationToken)
    {
        var found = new List<(string Node, LogEntry Entry)>();
        foreach (var log in logs)
        {
            found.AddRange((await log.NewAsync(cancellationToken)).Where(filter.Takes).Select(entry => (log.Node, entry)));
        }

        Write(session, found.OrderBy(f => f.Entry.At));
    }

    private static void Write(Session session, IEnumerable<(string Node, LogEntry Entry)> entries)
    {
        foreach (var (node, entry) in entries)
        {
            session.Terminal.Out.WriteLine(session.Results.Json ? entry.Json : node.Length == 0 ? entry.Text : node + "  " + entry.Text);
        }
    }

    private sealed record Filter(DateTimeOffset Since, string? Level, string? Search, bool Audit)
    {
        public bool Takes(LogEntry entry) =>
            entry.At >= Since && (!Audit || entry.IsAudit) && (Level is null || entry.IsAtLeast(Level)) && (Search is null || entry.Json.Contains(Search, StringComparison.OrdinalIgnoreCase) || entry.Text.Contains(Search, StringComparison.OrdinalIgnoreCase));
    }
}
