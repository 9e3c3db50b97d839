using System.CommandLine;
using System.Globalization;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres.Backup;

/// <summary><c>postgres backup</c>: what can be restored, and making more of it.</summary>
internal static class BackupCommands
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    public static Command Create(GlobalOptions options, Terminal terminal) => new("backup", "A PostgreSQL's backups")
    {
        CreateOne(options, terminal),
        List(options, terminal),
        Show(options, terminal),
    };

    public static Task<PostgresBackups> GetAsync(Session session, string name, CancellationToken cancellationToken) =>
        session.Api.GetAsync(Paths.Backups(session.Space, name), ApiClient.Wire.PostgresBackups, cancellationToken);

    private static Command CreateOne(GlobalOptions options, Terminal terminal)
    {
        var name = PostgresCommands.Existing(options);
        var type = new Option<string?>("--type") { Description = "What to copy: all, or what has changed since the last", HelpName = "full|incremental" };
        type.AcceptOnlyFromAmong("full", "incremental");
        var label = new Option<string?>("--label") { Description = "Your own word for it", HelpName = "LABEL" };
        return options.Run(terminal, new Command("create", "Make a backup now, beside those by schedule") { name, type, label, options.NoWait }, async (session, result, token) =>
        {
            var chosen = result.GetRequiredValue(name);
            var request = await AskAsync(session, chosen, new CreatePostgresBackup(result.GetValue(type) ?? "incremental", result.GetValue(label)), token);
            if (!session.Wait)
            {
                session.Results.Value(request!, wire => wire.PostgresBackupRequest, writer => writer.WriteLine($"Asked for: {request!.Id}"));
                return ExitCode.Ok;
            }

            var made = await MadeAsync(session, chosen, request!, token);
            session.Results.Value(made, wire => wire.PostgresBackup, writer => Write(writer, made));
            return ExitCode.Ok;
        });
    }

    /// <summary>Makes one, and waits until it is there.</summary>
    public static async Task<PostgresBackup> MakeAsync(Session session, string name, CreatePostgresBackup wanted, CancellationToken cancellationToken) =>
        await MadeAsync(session, name, (await AskAsync(session, name, wanted, cancellationToken))!, cancellationToken);

    private static Task<PostgresBackupRequest?> AskAsync(Session session, string name, CreatePostgresBackup wanted, CancellationToken cancellationToken) => session.Api.ChangeAsync(
        HttpMethod.Post, Paths.Backups(session.Space, name), wanted, ApiClient.Wire.CreatePostgresBackup, ApiClient.Wire.PostgresBackupRequest, Preconditions.None, cancellationToken);

    private static Task<PostgresBackup> MadeAsync(Session session, string name, PostgresBackupRequest request, CancellationToken cancellationToken) => WaitAsync<PostgresBackup>(
        session,
        async () =>
        {
            var all = await GetAsync(session, name, cancellationToken);
            return (all.Items.FirstOrDefault(b => b.Request == request.Id), all.Problem);
        },
        cancellationToken);

    private static Command List(GlobalOptions options, Terminal terminal)
    {
        var name = PostgresCommands.Existing(options);
        return options.Run(terminal, new Command("list", "List a PostgreSQL's backups, and the window that a restore can go to") { name }, async (session, result, token) =>
        {
            var all = await GetAsync(session, result.GetRequiredValue(name), token);
            session.Results.Value(all, wire => wire.PostgresBackups, writer =>
            {
                Window(writer, all);
                writer.WriteLine();
                Columns.Write(writer, styled: false, ["NAME", "TYPE", "LABEL", "FINISHED", "SIZE", "ADDED", "SOUND"], all.Items.Select(b => new string?[]
                {
                    b.Name, b.Type, b.Label, Time(b.FinishedAt), Mebibytes(b.SizeBytes), Mebibytes(b.AddedBytes), b.Damaged ? "no" : "yes",
                }));
            });
            return ExitCode.Ok;
        });
    }

    private static Command Show(GlobalOptions options, Terminal terminal)
    {
        var name = PostgresCommands.Existing(options);
        var backup = new Argument<string>("backup") { Description = "Its name, or the label it was made with" };
        return options.Run(terminal, new Command("show", "Show one backup") { name, backup }, async (session, result, token) =>
        {
            var wanted = result.GetRequiredValue(backup);
            var found = (await GetAsync(session, result.GetRequiredValue(name), token)).Items.LastOrDefault(b => b.Name == wanted || b.Label == wanted)
                ?? throw new CliException($"There is no backup {wanted}: `beffroi postgres backup list` shows those that there are.", ExitCode.NotFound);
            session.Results.Value(found, wire => wire.PostgresBackup, writer => Write(writer, found));
            return ExitCode.Ok;
        });
    }

    /// <summary>Asks again until it is there, or the session's time is over.</summary>
    public static async Task<T> WaitAsync<T>(Session session, Func<Task<(T? Found, string? Problem)>> look, CancellationToken cancellationToken)
        where T : class
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var (found, problem) = await look();
            if (found is not null)
            {
                return found;
            }

            if (TimeProvider.System.GetElapsedTime(began) > session.Timeout)
            {
                throw new CliException("It is not done yet; it goes on by itself." + (problem is null ? "" : " " + problem), ExitCode.Failed);
            }

            await Task.Delay(Look, cancellationToken);
        }
    }

    private static void Window(TextWriter writer, PostgresBackups all) => Columns.Pairs(
        writer,
        ("Earliest", Time(all.Window.Earliest)),
        ("Latest", Time(all.Window.Latest)),
        ("Last backup", Time(all.Window.LastBackupAt)),
        ("Last WAL", all.Window.LastArchivedAt is { } at ? $"{Time(at)}, {Columns.Age(at, TimeProvider.System.GetUtcNow())} ago" : null),
        ("Retention", all.Window.ShorterFrom is { } from ? $"shorter from {Time(from)} on; ask for the former one before then and it stays" : null),
        ("Running", all.Running),
        ("Waiting", all.Pending.Count == 0 ? null : string.Join(", ", all.Pending.Select(p => p.Label ?? p.Type))),
        ("Problem", all.Problem));

    private static void Write(TextWriter writer, PostgresBackup b) => Columns.Pairs(
        writer,
        ("Backup", b.Name), ("Type", b.Type), ("Label", b.Label), ("Started", Time(b.StartedAt)), ("Finished", Time(b.FinishedAt)), ("Ends at", b.StopLsn),
        ("Size", Mebibytes(b.SizeBytes)), ("Added", Mebibytes(b.AddedBytes)), ("Sound", b.Damaged ? "no: pages with wrong checksums were found" : "yes"));

    private static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):F1} MiB");
}
