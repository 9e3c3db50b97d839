using System.Globalization;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>
/// The platform's own PostgreSQL: a private cluster, on a unix socket alone, whose one role is the installation's user and is known
/// by being that user (peer authentication): there is no password anywhere.
/// </summary>
internal static class Store
{
    public const string Advice = "The store's own log says more: it is beside the log named below. Then run this again.";

    public static string DirectoryOf(Installation installation) => installation.State + "/store";

    public static string SocketDirectory(Installation installation) => installation.Run + "/store";

    public static string ConnectionString(Installation installation) =>
        $"Host={SocketDirectory(installation)};Username={installation.User};Database=beffroi;Maximum Pool Size=40";

    /// <summary>Where the programs of the cluster's version are.</summary>
    public static string Binaries(Installation installation)
    {
        var version = DirectoryOf(installation) + "/PG_VERSION";
        var wanted = File.Exists(version) ? File.ReadAllText(version).Trim() : Newest();
        var directory = $"/usr/lib/postgresql/{wanted}/bin";
        return File.Exists(directory + "/postgres")
            ? directory
            : throw new SetupException($"The store is of PostgreSQL {wanted}, which is not installed.", advice: $"Install it: apt-get install postgresql-{wanted}. Then run this again.");
    }

    /// <summary>Makes the cluster; the service of the same name runs it.</summary>
    public static async Task<string?> EnsureClusterAsync(SetupContext context, CancellationToken cancellationToken)
    {
        var installation = context.Installation;
        if (context.Record.ExternalStore)
        {
            return "given by --store";
        }

        var directory = DirectoryOf(installation);
        var made = !File.Exists(directory + "/PG_VERSION");
        if (made)
        {
            var binaries = Binaries(installation);
            var next = directory + ".new";
            await context.Processes.RunAsync("rm", ["-rf", next], cancellationToken);
            await context.Processes.RunAsync("install", ["-d", "-o", "postgres", "-g", "postgres", "-m", "0700", next], cancellationToken);
            await AsPostgresAsync(
                context,
                [binaries + "/initdb", "--pgdata", next, "--username=postgres", "--auth-local=peer", "--auth-host=reject", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"],
                cancellationToken);
            Directory.Move(next, directory);
        }

        var settings = $"""
            # Written by beffroi up.
            listen_addresses = ''
            unix_socket_directories = '{SocketDirectory(installation)}'
            max_connections = 100
            shared_buffers = 64MB
            log_line_prefix = '%m [%p] %u@%d '
            # A worker that vanished must not hold a lease's row longer than this.
            idle_in_transaction_session_timeout = 60s
            jit = off

            """;
        var access = "# Written by beffroi up: each user of this machine is himself, over the unix socket only.\nlocal all all peer\n";
        await WriteAsPostgresAsync(context, directory + "/conf.d", "beffroi.conf", settings, cancellationToken);
        await WriteAsPostgresAsync(context, directory, "pg_hba.conf", access, cancellationToken);
        var main = directory + "/postgresql.conf";
        if (!(await File.ReadAllTextAsync(main, cancellationToken)).Contains("include_dir = 'conf.d'", StringComparison.Ordinal))
        {
            await File.AppendAllTextAsync(main, "include_dir = 'conf.d'\n", cancellationToken);
        }

        return made ? "PostgreSQL " + (await File.ReadAllTextAsync(directory + "/PG_VERSION", cancellationToken)).Trim() : null;
    }

    /// <summary>Makes role and database once the service answers.</summary>
    public static async Task<string?> EnsureDatabaseAsync(SetupContext context, CancellationToken cancellationToken)
    {
        if (context.Record.ExternalStore)
        {
            return null;
        }

        var user = context.Installation.User;
        // The name was checked by Installation: quoting it is enough, and psql's variables do that.
        const string Script = """
            select format('create role %I login', :'user') where not exists (select from pg_roles where rolname = :'user') \gexec
            select format('create database beffroi owner %I', :'user') where not exists (select from pg_database where datname = 'beffroi') \gexec
            revoke all on database beffroi from public;
            """;
        await AsPostgresAsync(
            context,
            [
                Binaries(context.Installation) + "/psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--set", "user=" + user,
                "--host", SocketDirectory(context.Installation), "--dbname", "postgres",
            ],
            cancellationToken,
            Script);
        return null;
    }

    /// <summary>Whether the store accepts connections.</summary>
    public static async Task<bool> AnswersAsync(SetupContext context, CancellationToken cancellationToken) =>
        (await context.Processes.TryAsync(
            Binaries(context.Installation) + "/pg_isready", ["--quiet", "--host", SocketDirectory(context.Installation), "--timeout=2"], cancellationToken)).Ok;

    private static string Newest() =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.GetFileName(d)!)
                .Where(v => File.Exists($"/usr/lib/postgresql/{v}/bin/postgres"))
                .MaxBy(v => int.Parse(v, CultureInfo.InvariantCulture)) ?? throw Missing()
            : throw Missing();

    private static SetupException Missing() => new("No PostgreSQL server is installed.", advice: "apt-get install postgresql, then run this again.");

    private static async Task WriteAsPostgresAsync(SetupContext context, string directory, string name, string content, CancellationToken cancellationToken)
    {
        await context.Processes.RunAsync("install", ["-d", "-o", "postgres", "-g", "postgres", "-m", "0700", directory], cancellationToken);
        var path = Path.Combine(directory, name);
        PrivateFiles.WriteIfDifferent(path, content);
        await context.Processes.RunAsync("chown", ["postgres:postgres", path], cancellationToken);
    }

    private static Task<ProcessResult> AsPostgresAsync(SetupContext context, IEnumerable<string> command, CancellationToken cancellationToken, string? input = null) =>
        context.Processes.RunAsync(
            "setpriv",
            ["--reuid=postgres", "--regid=postgres", "--init-groups", "--", .. command],
            new ProcessOptions(Input: input),
            cancellationToken);
}
