using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary><c>postgres slow-queries</c>: what statements cost, from the database to whoever asks and over nobody else.</summary>
internal static class SlowQueriesCommand
{
    private const int Shown = 100;

    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var name = PostgresCommands.Existing(options);
        var by = new Option<string>("--by") { Description = "What counts: all calls together, one on the average, the slowest, how often, or blocks read", HelpName = "total|mean|max|calls|reads", DefaultValueFactory = _ => "total" };
        by.AcceptOnlyFromAmong("total", "mean", "max", "calls", "reads");
        var limit = new Option<int>("--limit") { Description = "The most forms of statements to show", HelpName = "COUNT", DefaultValueFactory = _ => 20 };
        var reset = new Option<bool>("--reset") { Description = "Begin the statistics anew, after showing them" };
        var role = SpecOptions.Role();
        var command = new Command("slow-queries", "Show which statements cost most, read from the database over your own connection; values are not kept") { name, by, limit, reset, role };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var chosen = result.GetRequiredValue(name);
            var credentials = await session.Api.GetAsync(Paths.Credentials(session.Space, chosen, result.GetValue(role)), ApiClient.Wire.PostgresCredentials, token);
            using var psql = new Psql(chosen, credentials with { Database = "postgres", ReaderHost = null, ReaderAddress = null });
            var answer = await psql.RunAsync(Script(result.GetRequiredValue(by), Math.Clamp(result.GetValue(limit), 1, 1000)), token);
            var statements = JsonSerializer.Deserialize(answer, ApiClient.Wire.IReadOnlyListPostgresStatement) ?? [];
            session.Results.List(
                statements, wire => wire.PostgresStatement, "No statement has run since the statistics began.",
                ["DATABASE", "ROLE", "CALLS", "TOTAL", "MEAN", "MAX", "ROWS", "CACHE", "QUERY"],
                s =>
                [
                    s.Database, s.Role, Number(s.Calls), Time(s.TotalMilliseconds), Time(s.MeanMilliseconds), Time(s.MaxMilliseconds), Number(s.Rows),
                    s.CacheHits is { } hits ? hits.ToString("P0", CultureInfo.InvariantCulture) : "-", OneLine(s.Query),
                ]);
            if (result.GetValue(reset))
            {
                await psql.RunAsync("select pg_stat_statements_reset();\n", token);
                await session.Terminal.Error.WriteLineAsync("The statistics begin anew.");
            }

            return ExitCode.Ok;
        });
    }

    private static string Script(string by, int limit) => string.Create(CultureInfo.InvariantCulture, $"""
        select coalesce(json_agg(s), '[]') from (
            select d.datname as database, r.rolname as role, calls, total_exec_time as "totalMilliseconds", mean_exec_time as "meanMilliseconds", max_exec_time as "maxMilliseconds", rows,
                   shared_blks_read as "blocksRead", shared_blks_hit::float8 / nullif(shared_blks_hit + shared_blks_read, 0) as "cacheHits", coalesce(query, '') as query
            from pg_stat_statements join pg_database d on d.oid = dbid left join pg_roles r on r.oid = userid
            where toplevel and r.rolname is distinct from 'postgres' order by {Column(by)} desc limit {limit}) s;

        """);

    private static string Column(string by) => by switch
    {
        "mean" => "mean_exec_time",
        "max" => "max_exec_time",
        "calls" => "calls",
        "reads" => "shared_blks_read",
        _ => "total_exec_time",
    };

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Time(double milliseconds) => milliseconds switch
    {
        < 1000 => milliseconds.ToString("F1", CultureInfo.InvariantCulture) + " ms",
        < 60_000 => (milliseconds / 1000).ToString("F1", CultureInfo.InvariantCulture) + " s",
        _ => (milliseconds / 60_000).ToString("F0", CultureInfo.InvariantCulture) + " min",
    };

    private static string OneLine(string query) =>
        string.Join(' ', query.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) is var line && line.Length > Shown ? line[..(Shown - 1)] + "…" : line;
}
