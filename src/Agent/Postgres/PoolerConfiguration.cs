using System.Globalization;
using System.Text;
using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Postgres;

/// <summary>What PgBouncer reads. Pure. Source: PgBouncer 1.24, pgbouncer(5).</summary>
internal static class PoolerConfiguration
{
    /// <summary>The instance's account that it runs as.</summary>
    internal const string Account = "beffroi-pooler";

    /// <summary>Where customers connect.</summary>
    internal const int Port = CustomerPooler.Port;

    /// <summary>One process uses one CPU; more than these are not needed for what PostgreSQL behind them does.</summary>
    internal const int MostProcesses = 4;

    private static readonly string Hba = PostgresPaths.Pooler + "/hba.conf";
    private static readonly string Ident = PostgresPaths.Pooler + "/ident.conf";
    private static readonly string Certificate = PostgresPaths.Pooler + "/chain.pem";
    private static readonly string Key = PostgresPaths.Pooler + "/key.pem";

    /// <summary>How many processes there are.</summary>
    internal static int Processes(PostgresConfiguration configuration) => Math.Clamp(configuration.Cpus, 1, MostProcesses);

    /// <summary>The unit of one of the processes; they are counted from 1.</summary>
    internal static string Unit(int process) => string.Create(CultureInfo.InvariantCulture, $"beffroi-pooler@{process}.service");

    /// <summary>Where a process has the socket by which it is told things, and by which the others pass it requests to cancel.</summary>
    internal static string Socket(int process) => string.Create(CultureInfo.InvariantCulture, $"{PostgresPaths.Pooler}/{process}");

    /// <summary>The file of one of the processes.</summary>
    internal static string Path(int process) => Socket(process) + ".ini";

    /// <summary>
    /// How many connections to PostgreSQL a process has at most, for a database and for a role in it. Three quarters of those that customers have are for the pooler, shared
    /// among its processes; the others are for who connects without it.
    /// </summary>
    internal static int Connections(PostgresConfiguration configuration, IReadOnlyDictionary<string, string> settings)
    {
        var customers = Number("max_connections") - Number("superuser_reserved_connections") - Number("reserved_connections");
        return Math.Max(1, customers * 3 / 4 / Processes(configuration));

        int Number(string name) => settings.TryGetValue(name, out var value) ? int.Parse(value, CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>Every file that the processes share, by its path.</summary>
    internal static IReadOnlyDictionary<string, byte[]> Shared(PostgresConfiguration configuration, byte[] chain, byte[] key) => new Dictionary<string, byte[]>
    {
        [Key] = key,
        [Certificate] = chain,
        [Hba] = Lines(Rules(configuration)),
        [Ident] = Lines(["console root " + NodeConfiguration.PoolerRole]),
    };

    /// <summary>What one process reads.</summary>
    internal static byte[] Ini(PostgresConfiguration configuration, IReadOnlyDictionary<string, string> settings, int process)
    {
        var pooler = configuration.Pooler;
        if (!CustomerPooler.Modes.Contains(pooler.Mode) || pooler.MaxClients is < CustomerPooler.LeastClients or > CustomerPooler.MostClients)
        {
            throw new InvalidOperationException("The configuration wants a pooler of a kind that is not accepted.");
        }

        var connections = Connections(configuration, settings);
        var processes = Processes(configuration);
        return Lines(
        [
            "[databases]",
            // Named, as secrets are asked for there; any other is as its client calls it.
            $"postgres = host={PostgresPaths.Socket}",
            $"* = host={PostgresPaths.Socket}",
            "",
            "[peers]",
            .. Enumerable.Range(1, processes).Select(peer => $"{Number(peer)} = host={Socket(peer)}"),
            "",
            "[users]",
            // PostgreSQL counts connections, whoever's they are: a pool that wanted more would only be refused.
            .. configuration.Roles.Where(role => role.Managed is { Login: true, Certificate: false, ConnectionLimit: > 0 })
                .Select(role => $"{role.Name} = max_user_connections={Number(Math.Max(1, role.Managed.ConnectionLimit / processes))}"),
            "",
            "[pgbouncer]",
            "peer_id = " + Number(process),
            "unix_socket_dir = " + Socket(process),
            "unix_socket_mode = 0700",
            // Also on the endpoint's addresses, which come and go.
            "listen_addr = 0.0.0.0",
            "listen_port = " + Number(Port),
            "so_reuseport = 1",
            "pool_mode = " + pooler.Mode,
            "max_client_conn = " + Number(pooler.MaxClients),
            "default_pool_size = " + Number(connections),
            "max_db_connections = " + Number(connections),
            "max_prepared_statements = 200",
            "auth_type = hba",
            "auth_hba_file = " + Hba,
            "auth_ident_file = " + Ident,
            "auth_user = " + NodeConfiguration.PoolerRole,
            "auth_dbname = postgres",
            "auth_query = " + PoolerSecrets.Query,
            "admin_users = " + NodeConfiguration.PoolerRole,
            "client_tls_sslmode = require",
            "client_tls_protocols = tlsv1.3",
            "client_tls_cert_file = " + Certificate,
            "client_tls_key_file = " + Key,
            // What JDBC always sends, and PostgreSQL has long had as it wants it.
            "ignore_startup_parameters = extra_float_digits",
            // PostgreSQL restarts and changes roles within seconds: whoever comes then is not to be kept waiting for longer.
            "server_login_retry = 1",
            "server_connect_timeout = 5",
            "server_idle_timeout = 60",
            "autodb_idle_timeout = 300",
            // A client whose address has gone to another node is forgotten.
            "tcp_keepidle = 60",
            "tcp_keepintvl = 10",
            "tcp_keepcnt = 3",
            "log_connections = 0",
            "log_disconnections = 0",
            "log_stats = 0",
        ]);
    }

    // In order, the first match counts, and what matches none is refused. PostgreSQL sees everybody come from its own socket: from where one may is said here.
    private static IEnumerable<string> Rules(PostgresConfiguration configuration) =>
    [
        $"local pgbouncer {NodeConfiguration.PoolerRole} peer map=console",
        "local all all reject",
        .. ((string[])["postgres", NodeConfiguration.ReplicationRole, NodeConfiguration.RewindRole, NodeConfiguration.PoolerRole]).Select(role => $"host all {role} 0.0.0.0/0 reject"),
        .. NodeConfiguration.Certified(configuration).Select(role => $"host all {Identifier.Quote(role)} 0.0.0.0/0 reject"),
        .. NodeConfiguration.Networks(configuration).Select(network =>
            $"hostssl all all {(network.Mask.Length > 0 ? network.Address + " " + network.Mask : "0.0.0.0/0")} scram-sha-256"),
    ];

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static byte[] Lines(IEnumerable<string> lines) => Encoding.ASCII.GetBytes(string.Concat(lines.Select(line => line + "\n")));
}
