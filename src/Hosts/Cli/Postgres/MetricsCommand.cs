using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary><c>postgres metrics</c>: what is measured, as a table, or as it comes for Prometheus.</summary>
internal static class MetricsCommand
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var name = PostgresCommands.Existing(options);
        (name.Arity, name.Description) = (ArgumentArity.ZeroOrOne, "The PostgreSQL's name; without it, all of the space");
        var raw = new Option<bool>("--prometheus") { Description = "As Prometheus reads it; the address for it is in the customer's guide" };
        return options.Run(terminal, new Command("metrics", "Show what is measured of a PostgreSQL, or of all of a space") { name, raw }, async (session, result, token) =>
        {
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
