using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres.Backup;

/// <summary><c>verify backups</c>: what drills have proved, and starting one.</summary>
internal static class VerifyBackups
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var name = new Argument<string?>("name") { Description = "One PostgreSQL; all of the space without it", Arity = ArgumentArity.ZeroOrOne };
        name.CompletionSources.Add(context => Completions.Names(options, context, Completions.Postgres));
        var now = new Option<bool>("--now") { Description = "Restore the newest backup now, in a throw-away place, and check every table and index" };
        var command = new Command("backups", "Show what restore drills have proved; fails unless each database's newest drill has passed") { name, now };
        return options.Run(terminal, command, async (session, result, token) =>
        {
            var names = result.GetValue(name) is { } one
                ? [one]
                : (await Pages.AllAsync(session.Api, Paths.Postgres(session.Space), ApiClient.Wire.PageResourcePostgresSpecPostgresStatus, token)).Select(r => r.Name).ToList();
            var newest = new List<(string Name, PostgresDrill? Drill)>();
            foreach (var database in names)
            {
                newest.Add((database, result.GetValue(now) ? await RunAsync(session, database, token) : (await GetAsync(session, database, token)) is [var last, ..] ? last : null));
            }

            Show(session, newest);
            return newest.All(d => d.Drill is { Passed: true }) ? ExitCode.Ok : ExitCode.Failed;
        });
    }

    private static Task<IReadOnlyList<PostgresDrill>> GetAsync(Session session, string name, CancellationToken cancellationToken) =>
        session.Api.GetAsync(Paths.Drills(session.Space, name), ApiClient.Wire.IReadOnlyListPostgresDrill, cancellationToken);

    private static async Task<PostgresDrill?> RunAsync(Session session, string name, CancellationToken cancellationToken)
    {
        var request = await session.Api.ChangeAsync(
            HttpMethod.Post, Paths.Drills(session.Space, name), (CreatePostgresBackup?)null, ApiClient.Wire.CreatePostgresBackup, ApiClient.Wire.PostgresBackupRequest, Preconditions.None,
            cancellationToken);
        var id = request!.Id.ToString("D");
        await session.Terminal.Error.WriteLineAsync($"Restoring the newest backup of {name} and checking it…");
        return await BackupCommands.WaitAsync(
            session,
            async () => (await GetAsync(session, name, cancellationToken)).FirstOrDefault(d => d.Id == id) is { } done
                ? (done, null)
                : ((PostgresDrill?)null, (await BackupCommands.GetAsync(session, name, cancellationToken)).Problem),
            cancellationToken);
    }

    private static void Show(Session session, List<(string Name, PostgresDrill? Drill)> newest)
    {
        if (session.Results.Json)
        {
            IReadOnlyList<PostgresDrill> drills = [.. newest.Select(d => d.Drill).OfType<PostgresDrill>()];
            session.Results.Value(drills, wire => wire.IReadOnlyListPostgresDrill, _ => { });
            return;
        }

        Columns.Write(session.Terminal.Out, styled: false, ["DATABASE", "PROVEN", "WHEN", "RTO", "RPO", "TABLES", "ROWS", "FINDING"], newest.Select(d => new string?[]
        {
            d.Name, d.Drill is null ? "never" : d.Drill.Passed ? "yes" : "no", d.Drill?.FinishedAt.ToString("u", CultureInfo.InvariantCulture),
            d.Drill is { } r ? string.Create(CultureInfo.InvariantCulture, $"{r.RtoSeconds:F1} s") : null, d.Drill is { } p ? string.Create(CultureInfo.InvariantCulture, $"{p.RpoSeconds:F1} s") : null,
            d.Drill?.Tables.ToString(CultureInfo.InvariantCulture), d.Drill?.Rows.ToString(CultureInfo.InvariantCulture),
            d.Drill?.Finding ?? "No backup of it has been restored yet: run with --now.",
        }));
    }
}
