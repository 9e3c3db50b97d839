using System.Globalization;
using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// Settings computed from what the instance may use. Pure. Source: PostgreSQL 17 documentation, chapter 19 (Server Configuration).
/// </summary>
internal static class PostgresSettings
{
    private const long MiB = 1 << 20;
    private const long GiB = 1 << 30;

    /// <summary>Whose certificates are believed of who connects; not there where nobody has one.</summary>
    internal const string ClientAuthorities = "ssl_ca_file";

    /// <summary>What is written down of the platform's own sessions, as an option of each: the first begin before their role has settings.</summary>
    internal const string OwnAudit = "-c pgaudit.log=" + CustomerSettings.Audited;

    // Patroni keeps these the same on all nodes and takes them from its dynamic configuration only
    // (Patroni documentation, «Important rules» of its YAML configuration).
    private static readonly HashSet<string> Shared =
    [
        "max_connections", "max_locks_per_transaction", "max_worker_processes", "max_prepared_transactions", "wal_level", "track_commit_timestamp",
        "max_wal_senders", "max_replication_slots", "wal_keep_size", "wal_log_hints", "hot_standby",
    ];

    /// <summary>All settings; <paramref name="volumeBytes"/> is the size of the data volume.</summary>
    internal static SortedDictionary<string, string> Compute(PostgresConfiguration configuration, long volumeBytes)
    {
        var memory = configuration.MemoryBytes;
        var connections = Math.Clamp(memory / GiB * 100, 100, 1000);
        var walBytes = Math.Clamp(volumeBytes / 8, 128 * MiB, 16 * GiB);
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["shared_buffers"] = Kilobytes(memory / 4),
            ["effective_cache_size"] = Kilobytes(memory / 10 * 6),
            ["maintenance_work_mem"] = Kilobytes(Math.Clamp(memory / 16, 64 * MiB, 2 * GiB)),
            ["work_mem"] = Kilobytes(Math.Max(4 * MiB, memory / 4 / connections)),
            ["max_connections"] = Number(connections),
            ["max_worker_processes"] = Number(Math.Max(8, configuration.Cpus * 2)),
            ["max_parallel_workers"] = Number(configuration.Cpus),
            ["max_parallel_workers_per_gather"] = Number(Math.Max(1, configuration.Cpus / 2)),
            ["max_wal_size"] = Kilobytes(walBytes),
            ["min_wal_size"] = Kilobytes(Math.Max(80 * MiB, walBytes / 4)),
            ["wal_level"] = "replica",
            ["wal_log_hints"] = "on",
            ["hot_standby"] = "on",
            ["max_wal_senders"] = "10",
            ["max_replication_slots"] = "10",
            // Patroni, backups and the agent come in however many sessions a customer opens.
            ["superuser_reserved_connections"] = "8",
            ["wal_compression"] = "lz4",
            // From the first start on, as it can't be switched on without a restart; until there is a repository the command fails and WAL waits. pgBackRest
            // looks for its own name in the command.
            ["archive_mode"] = "on",
            ["archive_command"] = "/usr/lib/beffroi/pgbackrest-push \"%p\"",
            ["archive_timeout"] = "60",
            ["random_page_cost"] = "1.1",
            ["huge_pages"] = "off",
            ["checkpoint_completion_target"] = "0.9",
            ["ssl"] = "on",
            ["ssl_cert_file"] = PostgresPaths.Tls + "/chain.pem",
            ["ssl_key_file"] = PostgresPaths.Tls + "/key.pem",
            ["ssl_min_protocol_version"] = "TLSv1.3",
            ["password_encryption"] = "scram-sha-256",
            ["unix_socket_directories"] = PostgresPaths.Socket,
            ["shared_preload_libraries"] = "pg_stat_statements,pgaudit",
            // Who changed tables, rights and roles is in the log unless a customer wants otherwise (decision 35).
            ["pgaudit.log"] = CustomerSettings.Audited,
            ["pgaudit.log_catalog"] = "off",
            ["pgaudit.log_relation"] = "on",
            ["pgaudit.log_statement_once"] = "on",
            // Lets a role that is no superuser create what is on the list, and nothing else that wants one.
            ["session_preload_libraries"] = "pgextwlist",
            ["extwlist.extensions"] = string.Join(',', configuration.AllowedExtensions),
            // On the encrypted volume: what is in it is the customer's, who reads it over a connection of their own.
            ["logging_collector"] = "on",
            ["log_destination"] = "jsonlog",
            ["log_directory"] = PostgresPaths.Log,
            ["log_filename"] = "postgresql-%Y%m%dT%H%M%S.log",
            ["log_rotation_size"] = "16MB",
            ["log_rotation_age"] = "1d",
            ["log_timezone"] = "Etc/UTC",
        };
        if (configuration.Cluster is not null)
        {
            settings[ClientAuthorities] = PeerCertificate.AuthorityIn(PostgresPaths.Peer);
            // A node that is away for long is made anew: the volume must not fill up for it.
            settings["max_slot_wal_keep_size"] = Kilobytes(walBytes * 2);
            settings["wal_sender_timeout"] = "10s";
            // A replica whose primary has died sleeps for this long before it heeds that it was promoted; 5 s unless told.
            settings["wal_retrieve_retry_interval"] = "500ms";
            settings["wal_receiver_timeout"] = "10s";
        }

        if (configuration.ClientAuthorities.Count > 0)
        {
            settings[ClientAuthorities] = PostgresPaths.ClientAuthorities;
        }

        foreach (var (name, value) in configuration.Parameters)
        {
            settings[name] = CustomerSettings.IsAllowed(name, value) ? value : throw new InvalidOperationException("The configuration sets a parameter in a way that is not accepted.");
        }

        if (configuration.Parameters.Keys.Any(name => name.StartsWith("auto_explain.", StringComparison.Ordinal)))
        {
            settings["session_preload_libraries"] += ",auto_explain";
        }

        return settings;
    }

    /// <summary>Whether Patroni takes this one from its dynamic configuration.</summary>
    internal static bool IsShared(string name) => Shared.Contains(name);

    /// <summary>
    /// What is the case where a shared one is not set, for those that a customer may set. Source: Patroni 4.0 documentation, «PostgreSQL parameters controlled by
    /// Patroni».
    /// </summary>
    internal static IReadOnlyDictionary<string, string> SharedDefaults { get; } = new Dictionary<string, string>
    {
        ["max_connections"] = "100",
        ["max_locks_per_transaction"] = "64",
        ["max_worker_processes"] = "8",
        ["max_prepared_transactions"] = "0",
    };

    private static string Kilobytes(long bytes) => Number(bytes / 1024) + "kB";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
