using System.CommandLine;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Output;
using Beffroi.Hosts.Cli.Postgres.Backup;
using Beffroi.Hosts.Cli.Postgres.Export;
using Beffroi.Hosts.Cli.Postgres.Import;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary><c>postgres</c>: managed PostgreSQL.</summary>
internal static class PostgresCommands
{
    public static Command Create(GlobalOptions options, Terminal terminal) => new("postgres", "Managed PostgreSQL: encrypted, isolated, with an agent in place of an administrator")
    {
        CreatePostgres.Command(options, terminal),
        List(options, terminal),
        Show(options, terminal),
        Credentials(options, terminal),
        ConnectPostgres.Command(options, terminal),
        UpdatePostgres.Command(options, terminal),
        Runs(options, terminal, "stop", "Stop a PostgreSQL and close its volumes until it is started; its address, backups and place in the quotas stay", runs: false),
        Runs(options, terminal, "start", "Start a PostgreSQL that was stopped", runs: true),
        MaintainPostgres.Command(options, terminal, "switchover", "Hand over to another node: writes are refused for less than a second", "Another node is the primary of {0}."),
        MaintainPostgres.Command(options, terminal, "restart", "Restart PostgreSQL: replicas first, then the primary after another node has taken over", "{0} is restarted."),
        MaintainPostgres.Command(
            options, terminal, "apply-updates", "Run from the newest image: replicas first, then the primary after another node has taken over; one node is away for some seconds",
            "{0} runs from the newest image."),
        MaintainPostgres.Command(
            options, terminal, "rotate-key", "Put stored secrets, volumes and what is backed up from then on under a new key: replicas first, then the primary after another node has taken over; one node is stopped meanwhile",
            "{0} is under a new key, and so is what is backed up from now on; earlier backups stay under theirs until they expire."),
        PostgresRoleCommands.Create(options, terminal),
        PostgresDatabaseCommands.Create(options, terminal),
        DeletePostgres.Command(options, terminal),
        UndeletePostgres.Command(options, terminal),
        MetricsCommand.Create(options, terminal),
        LogsCommand.Create(options, terminal),
        SlowQueriesCommand.Create(options, terminal),
        ExportPostgres.Create(options, terminal),
        ImportPostgres.Create(options, terminal),
        OfferCommands.Parameters(options, terminal),
        OfferCommands.Extensions(options, terminal),
        BackupCommands.Create(options, terminal),
        RestoreCommand.Create(options, terminal),
    };

    /// <summary>The argument for an existing one's name, completed from the API.</summary>
    public static Argument<string> Existing(GlobalOptions options)
    {
        var name = new Argument<string>("name") { Description = "The PostgreSQL's name", HelpName = "NAME" };
        name.CompletionSources.Add(context => Completions.Names(options, context, Completions.Postgres));
        return name;
    }

    public static Task<Resource<PostgresSpec, PostgresStatus>> GetAsync(Session session, string name, CancellationToken cancellationToken) =>
        session.Api.GetAsync(Paths.Postgres(session.Space, name), ApiClient.Wire.ResourcePostgresSpecPostgresStatus, cancellationToken);

    public static async Task<Resource<PostgresSpec, PostgresStatus>> PutAsync(
        Session session, string name, PutResource<PostgresSpec> body, Preconditions conditions, CancellationToken cancellationToken) =>
        (await session.Api.ChangeAsync(
            HttpMethod.Put,
            Paths.Postgres(session.Space, name),
            body,
            ApiClient.Wire.PutResourcePostgresSpec,
            ApiClient.Wire.ResourcePostgresSpecPostgresStatus,
            conditions,
            cancellationToken))!;

    private static Command Runs(GlobalOptions options, Terminal terminal, string verb, string description, bool runs)
    {
        var name = Existing(options);
        return options.Run(terminal, new Command(verb, description) { name, options.NoWait }, async (session, result, token) =>
            await ChangeAsync(session, result.GetRequiredValue(name), spec => spec with { Stopped = !runs }, Told(result.GetRequiredValue(name), runs), token));
    }

    /// <summary>Has it started or stopped, and follows that.</summary>
    public static async Task<int> RunsAsync(Session session, string name, bool runs, CancellationToken cancellationToken)
    {
        return await ApplyAsync(session, name, spec => spec with { Stopped = !runs }, null, cancellationToken) is { } operation
            ? await session.FollowAsync(operation, Told(name, runs), cancellationToken)
            : ExitCode.Ok;
    }

    private static string Told(string name, bool runs) => $"{name} is {(runs ? "started" : "stopped")}.";

    /// <summary>Changes what is asked for, from what it is now, and leaves the rest.</summary>
    public static async Task<int> ChangeAsync(
        Session session, string name, Func<PostgresSpec, PostgresSpec> change, string done, CancellationToken cancellationToken,
        Func<IReadOnlyDictionary<string, string>, IReadOnlyDictionary<string, string>>? labels = null) =>
        await FinishAsync(session, name, await ApplyAsync(session, name, change, labels, cancellationToken), done, cancellationToken);

    /// <summary>The operation that the change began; null if there was nothing to do.</summary>
    private static async Task<Guid?> ApplyAsync(
        Session session, string name, Func<PostgresSpec, PostgresSpec> change, Func<IReadOnlyDictionary<string, string>, IReadOnlyDictionary<string, string>>? labels,
        CancellationToken cancellationToken)
    {
        var seen = await GetAsync(session, name, cancellationToken);
        var body = new PutResource<PostgresSpec>(change(seen.Spec), labels is null ? seen.Labels : labels(seen.Labels));
        var changed = await PutUnlessChangedAsync(session, name, seen, body, cancellationToken);
        return changed.Generation == seen.Generation ? null : changed.Operation;
    }

    // The ETag changes with what is observed too: as long as nobody else changed what is asked for, try again.
    private static async Task<Resource<PostgresSpec, PostgresStatus>> PutUnlessChangedAsync(
        Session session, string name, Resource<PostgresSpec, PostgresStatus> seen, PutResource<PostgresSpec> body, CancellationToken cancellationToken)
    {
        var etag = seen.Etag;
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await PutAsync(session, name, body, new Preconditions(IfMatch: etag), cancellationToken);
            }
            catch (ProblemException e) when (e.Problem.Status == 412 && attempt < 5)
            {
                var now = await GetAsync(session, name, cancellationToken);
                if (now.Generation != seen.Generation || now.UpdatedAt != seen.UpdatedAt || now.Id != seen.Id)
                {
                    throw;
                }

                etag = now.Etag;
            }
        }
    }

    /// <summary>After a change: shows its progress and the result, or with --no-wait the operation as it is now.</summary>
    public static async Task<int> FinishAsync(Session session, string name, Guid? operation, string done, CancellationToken cancellationToken)
    {
        if (operation is not { } id)
        {
            ShowOne(session, await GetAsync(session, name, cancellationToken));
            return ExitCode.Ok;
        }

        if (!session.Wait)
        {
            Operations.OperationCommands.Show(session, await Session.PatientlyAsync(
                () => session.Api.GetAsync(Paths.Operation(session.Space, id), ApiClient.Wire.Operation, cancellationToken), cancellationToken));
            return ExitCode.Ok;
        }

        var code = await session.FollowAsync(id, done, cancellationToken);
        if (code == ExitCode.Ok)
        {
            ShowOne(session, await Session.PatientlyAsync(() => GetAsync(session, name, cancellationToken), cancellationToken));
        }

        return code;
    }

    public static void ShowOne(Session session, Resource<PostgresSpec, PostgresStatus> resource) =>
        session.Results.Value(resource, wire => wire.ResourcePostgresSpecPostgresStatus, writer => PostgresView.Write(writer, resource));

    private static Command List(GlobalOptions options, Terminal terminal)
    {
        var selector = new Option<string?>("--selector", "-l") { Description = "Only those with all of these labels", HelpName = "KEY=VALUE,…" };
        return options.Run(terminal, new Command("list", "List the PostgreSQLs of a space") { selector }, async (session, result, token) =>
        {
            var query = result.GetValue(selector) is { } labels ? "selector=" + Uri.EscapeDataString(labels) : null;
            var items = await Pages.AllAsync(session.Api, Paths.Postgres(session.Space), ApiClient.Wire.PageResourcePostgresSpecPostgresStatus, token, query);
            var now = TimeProvider.System.GetUtcNow();
            session.Results.List(
                items,
                wire => wire.ResourcePostgresSpecPostgresStatus,
                $"There is no PostgreSQL in {session.Space}. Make one: beffroi postgres create NAME",
                ["NAME", "STATE", "VERSION", "SIZE", "STORAGE", "ADDRESS", "AGE"],
                r => [r.Name, r.Status.State, r.Status.ServerVersion ?? r.Spec.Version, r.Spec.Size, r.Spec.Storage, r.Status.Endpoint?.Address, Columns.Age(r.CreatedAt, now)]);
            return ExitCode.Ok;
        });
    }

    private static Command Show(GlobalOptions options, Terminal terminal)
    {
        var name = Existing(options);
        return options.Run(terminal, new Command("show", "Show a PostgreSQL: what was asked for and what is the case") { name }, async (session, result, token) =>
        {
            ShowOne(session, await GetAsync(session, result.GetRequiredValue(name), token));
            return ExitCode.Ok;
        });
    }

    private static Command Credentials(GlobalOptions options, Terminal terminal)
    {
        var (name, role, pooled) = (Existing(options), SpecOptions.Role(), SpecOptions.Pooled());
        return options.Run(terminal, new Command("credentials", "Show what an application needs to connect, the password included (recorded in the ledger)") { name, role, pooled }, async (session, result, token) =>
        {
            var credentials = await session.Api.GetAsync(Paths.Credentials(session.Space, result.GetRequiredValue(name), result.GetValue(role)), ApiClient.Wire.PostgresCredentials, token);
            credentials = result.GetValue(pooled) ? SpecOptions.ByPooler(result.GetRequiredValue(name), credentials) : credentials;
            session.Results.Value(credentials, wire => wire.PostgresCredentials, writer =>
            {
                Columns.Pairs(
                    writer,
                    ("host", credentials.Host),
                    ("hostaddr", credentials.Address),
                    ("host (readers)", credentials.ReaderHost),
                    ("hostaddr (readers)", credentials.ReaderAddress),
                    ("port", credentials.Port.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                    ("port (pooler)", credentials.PoolerPort is { } pooler && pooler != credentials.Port ? pooler.ToString(System.Globalization.CultureInfo.InvariantCulture) : null),
                    ("dbname", credentials.Database),
                    ("user", credentials.Role),
                    ("password", credentials.Password),
                    ("sslmode", "verify-full"));
                writer.WriteLine();
                writer.WriteLine(credentials.CaCertificate.TrimEnd());
            });
            return ExitCode.Ok;
        });
    }
}
