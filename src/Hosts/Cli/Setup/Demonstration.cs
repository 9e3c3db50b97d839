using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Api;
using Beffroi.Hosts.Cli.Contexts;
using Beffroi.Hosts.Cli.Operations;
using Beffroi.Hosts.Cli.Postgres;
using Beffroi.Hosts.Cli.Shell;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>The organization <c>demo</c> with a user, a space and a first PostgreSQL, all made through the API as anyone would.</summary>
internal static class Demonstration
{
    public const string Advice = "See what the API answered above. Then run this again.";
    public const string Database = "first";

    public static SpaceName Space { get; } = new("demo", "eval");

    public static async Task<string?> EnsureSpaceAsync(SetupContext context, CancellationToken cancellationToken)
    {
        var installation = context.Installation;
        using var owner = AccessTokens.Ensure(AccessTokens.DemonstrationFile(installation));
        using (var administrator = new ApiClient(
            ControlPlane.OperatorAddress(context), Certificates.CaFile(installation), File.ReadAllText(AccessTokens.AdministratorFile(installation)).Trim()))
        {
            await administrator.ChangeAsync(
                HttpMethod.Put,
                Paths.OperatorOrganization(Space.Organization),
                new PutOrganization("alice", AccessTokens.Sha256(owner)),
                ApiClient.Wire.PutOrganization,
                ApiClient.Wire.Organization,
                Preconditions.None,
                cancellationToken);
        }

        using var alice = Client(context, AccessTokens.DemonstrationFile(installation));
        try
        {
            // One that is there stays as it is: somebody may have stated another label.
            await alice.GetAsync(Paths.Space(Space), ApiClient.Wire.Space, cancellationToken);
        }
        catch (ProblemException problem) when (problem.Problem.Status == 404)
        {
            await alice.ChangeAsync(
                HttpMethod.Put, Paths.Space(Space), new PutSpace(Evaluation: true), ApiClient.Wire.PutSpace, ApiClient.Wire.Space, Preconditions.None, cancellationToken);
        }

        return null;
    }

    public static Task<string?> EnsureContextsAsync(SetupContext context, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var installation = context.Installation;
        var store = ContextStore.ForUser(installation.Name);
        var configuration = store.Load();
        var server = ControlPlane.Address(context).ToString();
        var ca = Certificates.CaFile(installation);
        configuration.Contexts["admin"] = new CliContext(
            ControlPlane.OperatorAddress(context).ToString(), ca, AccessTokens.AdministratorFile(installation), null, CliContext.OperatorSide);
        if (context.Record.Demonstration)
        {
            configuration.Contexts["demo"] = new CliContext(server, ca, AccessTokens.DemonstrationFile(installation), Space.ToString());
        }

        // A person's own choice of context stays.
        var current = configuration.Current is { } chosen && configuration.Contexts.ContainsKey(chosen)
            ? chosen
            : context.Record.Demonstration ? "demo" : "admin";
        store.Save(configuration with { Current = current });
        context.Record = context.Record with { ContextDirectories = [.. context.Record.ContextDirectories.Union([store.Directory])] };
        return Task.FromResult<string?>(null);
    }

    /// <summary>Creates <c>first</c> unless it is there, and waits until it is ready; not what its organization has sealed or deleted.</summary>
    public static async Task<string?> EnsureDatabaseAsync(SetupContext context, CancellationToken cancellationToken)
    {
        using var api = Client(context, AccessTokens.DemonstrationFile(context.Installation));
        var present = await FindAsync(api, cancellationToken);
        if (present is null && context.Record.FirstDatabaseMade)
        {
            return "deleted since";
        }

        if (present is null)
        {
            try
            {
                present = await api.ChangeAsync(
                    HttpMethod.Put,
                    Paths.Postgres(Space, Database),
                    new PutResource<PostgresSpec>(new PostgresSpec()),
                    ApiClient.Wire.PutResourcePostgresSpec,
                    ApiClient.Wire.ResourcePostgresSpecPostgresStatus,
                    Preconditions.New(),
                    cancellationToken);
            }
            catch (ProblemException e) when (e.Problem.Status is 409 or 412)
            {
                // Made by a run that was interrupted before it saw the answer.
                present = await FindAsync(api, cancellationToken);
            }
        }

        // Its organization's own affair, which no `up` changes.
        if (present is { Spec.Stopped: true } or { Status.State: "sealed" or "deleting" })
        {
            return present.Status.State == "sealed" ? "its organization is sealed" : present.Status.State == "deleting" ? "deleted since" : $"it is stopped: beffroi postgres start {Database}";
        }

        if (present is { Status.State: not "ready", Operation: { } operation })
        {
            var progress = new OperationProgress(api, Space, context.Display);
            await progress.WaitAsync(operation, TimeSpan.FromMinutes(15), cancellationToken);
            context.Display.Begin("PostgreSQL first answers over TLS");
        }

        var credentials = await api.GetAsync(Paths.Credentials(Space, Database), ApiClient.Wire.PostgresCredentials, cancellationToken);
        var services = ServiceFile.Write(ContextStore.ForUser(context.Installation.Name).Directory, Database, credentials);
        await ProveAsync(context, services, cancellationToken);
        context.Record = context.Record with { FirstDatabaseMade = true };
        return null;
    }

    private static async Task<Resource<PostgresSpec, PostgresStatus>?> FindAsync(ApiClient api, CancellationToken cancellationToken)
    {
        try
        {
            return await api.GetAsync(Paths.Postgres(Space, Database), ApiClient.Wire.ResourcePostgresSpecPostgresStatus, cancellationToken);
        }
        catch (ProblemException e) when (e.Problem.Status == 404)
        {
            return null;
        }
    }

    // Fails until the server takes changes: it answers queries a moment before that.
    private const string Writable = "do $$ begin if pg_is_in_recovery() then raise 'it is still starting'; end if; end $$";

    // What is printed at the end shall work when it is pasted: after a restart of the machine the database may be a moment behind its status.
    private static Task ProveAsync(SetupContext context, string services, CancellationToken cancellationToken) =>
        Waiting.UntilAsync(
            async () => (await context.Processes.TryAsync(
                "psql",
                ["--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--command", Writable, "service=" + Database],
                new ProcessOptions(Environment: new Dictionary<string, string?> { ["PGSERVICEFILE"] = services, ["PGCONNECT_TIMEOUT"] = "5" }),
                cancellationToken)).Ok,
            TimeSpan.FromMinutes(3),
            "The database does not take changes over TLS. `beffroi postgres show first` says what is being done about it.",
            cancellationToken);

    private static ApiClient Client(SetupContext context, string tokenFile) =>
        new(ControlPlane.Address(context), Certificates.CaFile(context.Installation), File.ReadAllText(tokenFile).Trim());
}
