using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary><c>postgres metrics</c>: what is measured now or was over a time, as a table, or as it comes for Prometheus.</summary>
internal static class MetricsCommand
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var name = PostgresCommands.Existing(options);
        (name.Arity, name.Description) = (ArgumentArity.ZeroOrOne, "The PostgreSQL's name; without it, all of the space");
        var raw = new Option<bool>("--prometheus") { Description = "As Prometheus reads it; the address for it is in the customer's guide" };
        var since = new Option<string?>("--since") { Description = "What was measured since then, each series with a small picture: 15m, 6h, 30d, or a time", HelpName = "AGE|TIME" };
        var metric = new Option<string?>("--metric") { Description = "Only these series, with commas between them; with --since", HelpName = "NAMES" };
        var node = new Option<string?>("--node") { Description = "Only of this node; with --since", HelpName = "NODE" };
        metric.CompletionSources.Add(_ => HistoryCatalogue.All.Select(series => new System.CommandLine.Completions.CompletionItem(series.Name)));
        return options.Run(terminal, new Command("metrics", "Show what is measured of a PostgreSQL, or of all of a space; with --since, what was measured over a time") { name, raw, since, metric, node }, async (session, result, token) =>
        {
            if (result.GetValue(since) is { } age)
            {
                return result.GetValue(name) is { } one && !result.GetValue(raw)
                    ? await HistoryTable.ShowAsync(session, one, LogsCommand.Since(age, TimeProvider.System.GetUtcNow()), result.GetValue(metric), result.GetValue(node), token)
                    : throw new CliException("--since is for one PostgreSQL by its name, and not for Prometheus.", ExitCode.Usage);
            }

            if ((result.GetValue(metric) ?? result.GetValue(node)) is not null)
            {
                throw new CliException("--metric and --node go with --since.", ExitCode.Usage);
            }

            var text = await session.Api.GetTextAsync(Paths.Metrics(session.Space, result.GetValue(name)), token);
            if (result.GetValue(raw))
            {
                terminal.Out.Write(text);
                return ExitCode.Ok;
            }

            session.Results.List(
                PostgresMetric.Parse(text),
                wire => wire.PostgresMetric,
                "Nothing is measured yet: the first values come within half a minute.",
                ["POSTGRES", "NODE", "METRIC", "OF", "VALUE"],
                m => [m.Name, m.Node?[..Math.Min(10, m.Node.Length)], m.Metric, m.Of, m.Value.ToString("0.###", CultureInfo.InvariantCulture)]);
            return ExitCode.Ok;
        });
    }
}
