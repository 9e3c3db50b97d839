using Beffroi.Contracts.Agents;
using static Beffroi.Services.Postgres.Parameters.Define;

namespace Beffroi.Services.Postgres.Parameters;

/// <summary>
/// The settings that a customer may set. Source: PostgreSQL 17 documentation, chapter 19, and of its extensions F.3 (auto_explain) and F.32
/// (pg_stat_statements); pgaudit 17's own README. tests/Agent holds every line against the real server. Whatever a promise rests on is not here: <see cref="PlatformParameters"/>.
/// </summary>
internal static class ParameterCatalogue
{
    /// <summary>By version, in order of name.</summary>
    internal static IReadOnlyList<ParameterDefinition> Of(string version) => version == "17" ? Version17 : [];

    private static readonly string[] Languages =
    [
        "simple", "arabic", "armenian", "basque", "catalan", "danish", "dutch", "english", "finnish", "french", "german", "greek", "hindi", "hungarian", "indonesian",
        "irish", "italian", "lithuanian", "nepali", "norwegian", "portuguese", "romanian", "russian", "serbian", "spanish", "swedish", "tamil", "turkish", "yiddish",
    ];

    private static IReadOnlyList<ParameterDefinition> Version17 { get; } =
    [
        // Memory.
        Integer("work_mem", "kB", "64kB", "1TB", null, "Memory of one sort or hash before it goes to the volume; one statement can use it several times.", most: s => s.MemoryBytes / 8),
        Integer("maintenance_work_mem", "kB", "1MB", "1TB", null, "Memory of one VACUUM, CREATE INDEX or ALTER TABLE.", most: s => s.MemoryBytes / 4),
        Integer("autovacuum_work_mem", "kB", "1MB", "1TB", "-1", "Memory of one autovacuum worker; -1: as maintenance_work_mem.", special: -1, most: s => s.MemoryBytes / 8),
        Real("hash_mem_multiplier", null, "1", "100", "2", "How many times work_mem a hash may use."),
        Integer("temp_buffers", "8kB", "800kB", "1TB", "8MB", "Most memory for temporary tables of one session.", most: s => s.MemoryBytes / 16),
        Integer("shared_buffers", "8kB", "16MB", "1TB", null, "Memory that caches tables and indexes for all sessions.", most: s => s.MemoryBytes / 10 * 4).WithRestart(),
        Integer("effective_cache_size", "8kB", "8kB", "4TB", null, "How much of the data the planner takes to be cached.", most: s => s.MemoryBytes),
        Integer("temp_file_limit", "kB", "0", "2147483647kB", "-1", "Most space that one session's temporary files take; -1: no limit.", special: -1, most: s => s.StorageBytes),
        Integer("gin_pending_list_limit", "kB", "64kB", "1GB", "4MB", "How long a GIN index's list of pending entries gets."),
        Integer("vacuum_buffer_usage_limit", "kB", "128kB", "16GB", "2MB", "How much of shared_buffers one VACUUM uses; 0: no limit.", special: 0, most: s => s.MemoryBytes / 8),
        Integer("track_activity_query_size", "B", "100B", "64kB", "1kB", "How much of each session's statement pg_stat_activity shows.").WithRestart(),

        // Connections and how long things may take.
        Integer("max_connections", null, "25", "10000", null, "Sessions at once.", most: Connections).WithRestart(),
        Integer("statement_timeout", "ms", "0", LongestTime, "0", "A statement that takes longer is cancelled; 0: never."),
        Integer("transaction_timeout", "ms", "0", LongestTime, "0", "A session whose transaction takes longer is ended; 0: never."),
        Integer("lock_timeout", "ms", "0", LongestTime, "0", "A statement that waits longer for a lock is cancelled; 0: never."),
        Integer("idle_in_transaction_session_timeout", "ms", "0", LongestTime, "0", "A session that is idle for longer within a transaction is ended; 0: never."),
        Integer("idle_session_timeout", "ms", "0", LongestTime, "0", "A session that is idle for longer outside of a transaction is ended; 0: never."),
        Integer("deadlock_timeout", "ms", "10ms", "1h", "1s", "How long a lock is waited for before a deadlock is looked for."),
        Integer("client_connection_check_interval", "ms", "0", "1h", "0", "How often a running statement looks whether its client is there still; 0: never."),
        Integer("tcp_keepalives_idle", "s", "0", "1d", null, "A connection that is silent for so long is probed; 0: as the system has it."),
        Integer("tcp_keepalives_interval", "s", "0", "1h", null, "How long a probe is waited for before the next; 0: as the system has it."),
        Integer("tcp_keepalives_count", null, "0", "100", null, "After so many lost probes the connection is taken for dead; 0: as the system has it."),
        Integer("tcp_user_timeout", "ms", "0", "1h", null, "Data that nobody acknowledges for so long ends the connection; 0: as the system has it."),

        // WAL and writing.
        Integer("checkpoint_timeout", "s", "30s", "1h", "5min", "The longest time between two checkpoints; longer makes recovery after a crash longer."),
        Integer("max_wal_size", "MB", "128MB", "64GB", null, "How much WAL may come between two checkpoints.", most: s => s.StorageBytes / 4),
        Integer("bgwriter_delay", "ms", "10ms", "10s", "200ms", "Pause between two rounds of the background writer."),
        Integer("bgwriter_lru_maxpages", null, "0", "10000", "100", "Pages that the background writer writes in a round, at most; 0: it does nothing."),

        // The planner.
        Real("random_page_cost", null, "0", "1000000", "1.1", "What a page read out of order costs."),
        Real("seq_page_cost", null, "0", "1000000", "1", "What a page read in order costs."),
        Real("cpu_tuple_cost", null, "0", "1000000", "0.01", "What a row costs."),
        Real("cpu_index_tuple_cost", null, "0", "1000000", "0.005", "What an entry of an index costs."),
        Real("cpu_operator_cost", null, "0", "1000000", "0.0025", "What an operator or a function costs."),
        Integer("effective_io_concurrency", null, "0", "1000", "1", "How many reads the volume can do at once."),
        Integer("maintenance_io_concurrency", null, "0", "1000", "10", "The same for maintenance."),
        Integer("default_statistics_target", null, "1", "10000", "100", "How much detail ANALYZE collects of a column."),
        Integer("from_collapse_limit", null, "1", "100", "8", "Up to how many tables a subquery is merged into the one above it."),
        Integer("join_collapse_limit", null, "1", "100", "8", "Up to how many tables the order of joins is looked for."),
        Bool("geqo", "on", "Whether joins of very many tables are planned by a genetic search."),
        Integer("geqo_threshold", null, "2", "100", "12", "From how many tables on that is done."),
        Choice("plan_cache_mode", "auto", "Whether prepared statements are planned for each of their values.", "auto", "force_generic_plan", "force_custom_plan"),
        Choice("constraint_exclusion", "partition", "For which tables constraints are used to leave parts out.", "partition", "on", "off"),
        Bool("enable_nestloop", "on", "Whether the planner may join by nested loops."),
        Bool("enable_seqscan", "on", "Whether the planner may read whole tables where it has a choice."),
        Bool("enable_memoize", "on", "Whether the planner may keep the inner results of a join."),
        Bool("enable_partitionwise_join", "off", "Whether partitioned tables are joined partition by partition."),
        Bool("enable_partitionwise_aggregate", "off", "Whether partitioned tables are grouped partition by partition."),
        Bool("jit", "on", "Whether expensive statements are compiled."),
        Real("jit_above_cost", null, "0", "1000000000000", "100000", "From which cost on; -1: never.", special: -1),

        // Workers.
        Integer("max_worker_processes", null, "8", "1024", null, "Background processes at once, those of parallel statements among them.", most: s => 16 + (16 * s.Cpus)).WithRestart(),
        Integer("max_parallel_workers", null, "0", "1024", null, "Workers of parallel statements at once.", most: s => 4 * s.Cpus),
        Integer("max_parallel_workers_per_gather", null, "0", "1024", null, "Workers of one part of a statement.", most: s => 4 * s.Cpus),
        Integer("max_parallel_maintenance_workers", null, "0", "1024", "2", "Workers of one CREATE INDEX or VACUUM.", most: s => 4 * s.Cpus),
        Real("parallel_setup_cost", null, "0", "1000000000", "1000", "What starting workers costs."),
        Real("parallel_tuple_cost", null, "0", "1000000", "0.1", "What handing over a row from a worker costs."),
        Integer("min_parallel_table_scan_size", "8kB", "0", "1TB", "8MB", "From which size on a table is read by several workers."),
        Integer("min_parallel_index_scan_size", "8kB", "0", "1TB", "512kB", "From which size on an index is read by several workers."),

        // Locks.
        Integer("max_locks_per_transaction", null, "64", "1024", "64", "Locks on tables and indexes that a transaction may have on average; more for very many partitions.").WithRestart(),
        Integer("max_pred_locks_per_transaction", null, "64", "1024", "64", "The same for serializable transactions.").WithRestart(),
        Integer("max_prepared_transactions", null, "0", "1000", "0", "Transactions prepared for a two-phase commit at once.").WithRestart(),

        // Autovacuum.
        Integer("autovacuum_max_workers", null, "1", "64", "3", "Autovacuum workers at once.", most: s => 4 + (2 * s.Cpus)).WithRestart(),
        Integer("autovacuum_naptime", "s", "1s", "1h", "1min", "How often each database is looked at."),
        Integer("autovacuum_vacuum_threshold", null, "0", "2147483647", "50", "A table is vacuumed after so many changed rows, and"),
        Real("autovacuum_vacuum_scale_factor", null, "0", "100", "0.2", "this share of its rows."),
        Integer("autovacuum_vacuum_insert_threshold", null, "0", "2147483647", "1000", "A table is vacuumed after so many inserted rows (-1: never), and", special: -1),
        Real("autovacuum_vacuum_insert_scale_factor", null, "0", "100", "0.2", "this share of its rows."),
        Integer("autovacuum_analyze_threshold", null, "0", "2147483647", "50", "A table is analysed after so many changed rows, and"),
        Real("autovacuum_analyze_scale_factor", null, "0", "100", "0.1", "this share of its rows."),
        Real("autovacuum_vacuum_cost_delay", "ms", "0", "100ms", "2ms", "How long a worker pauses whenever its cost limit is reached; -1: as vacuum_cost_delay.", special: -1),
        Integer("autovacuum_vacuum_cost_limit", null, "1", "10000", "-1", "That limit; -1: as vacuum_cost_limit.", special: -1),
        Integer("autovacuum_freeze_max_age", null, "100000", "1000000000", "200000000", "After so many transactions a table is vacuumed even if nothing else calls for it.").WithRestart(),
        Integer("autovacuum_multixact_freeze_max_age", null, "10000", "1000000000", "400000000", "The same for multixacts.").WithRestart(),
        Real("vacuum_cost_delay", "ms", "0", "100ms", "0", "How long a VACUUM by hand pauses whenever its cost limit is reached; 0: it doesn't."),
        Integer("vacuum_cost_limit", null, "1", "10000", "200", "That limit."),

        // How values look.
        Text("timezone", "Etc/UTC", "The time zone of sessions that set none.", [.. TimeZones.All]),
        Text("datestyle", "ISO, MDY", "How dates are written, and in which order day and month are read.", "ISO, MDY", "ISO, DMY", "ISO, YMD", "SQL, MDY", "SQL, DMY", "German, DMY", "Postgres, MDY", "Postgres, DMY"),
        Choice("intervalstyle", "postgres", "How intervals are written.", "postgres", "postgres_verbose", "sql_standard", "iso_8601"),
        Choice("bytea_output", "hex", "How bytes are written.", "hex", "escape"),
        Integer("extra_float_digits", null, "-15", "3", "1", "Digits of floating-point numbers; 1 and above: exact."),
        Text("default_text_search_config", "pg_catalog.english", "The language of text search that names none.", [.. Languages.Select(language => "pg_catalog." + language)]),
        Choice("default_toast_compression", "pglz", "How large values are compressed.", "pglz", "lz4"),

        // The log. It is in the instance's memory and ends with it.
        Integer("log_min_duration_statement", "ms", "100ms", LongestTime, "-1", "Statements that take so long are logged, their text included; -1: none.", special: -1),
        Integer("log_min_duration_sample", "ms", "100ms", LongestTime, "-1", "The same for a sample of them; -1: none.", special: -1),
        Real("log_statement_sample_rate", null, "0", "1", "1", "Which share that sample is."),
        Integer("log_autovacuum_min_duration", "ms", "0", LongestTime, "10min", "Work of autovacuum that takes so long is logged; -1: none.", special: -1),
        Integer("log_temp_files", "kB", "0", "1TB", "-1", "Temporary files of this size are logged; -1: none.", special: -1),
        Bool("log_lock_waits", "off", "Whether waits for a lock beyond deadlock_timeout are logged."),
        Bool("log_checkpoints", "on", "Whether checkpoints are logged."),
        Bool("log_connections", "off", "Whether connections are logged."),
        Bool("log_disconnections", "off", "Whether their ends are logged."),

        // Statistics.
        Bool("track_io_timing", "off", "Whether reading and writing is timed."),
        Choice("track_functions", "none", "Whose calls are counted.", "none", "pl", "all"),
        Integer("pg_stat_statements.max", null, "100", "50000", "5000", "How many statements are kept account of.").WithRestart(),
        Choice("pg_stat_statements.track", "top", "Which statements are kept account of; all: those within functions too.", "top", "all", "none"),
        Bool("pg_stat_statements.track_utility", "on", "Whether others than SELECT, INSERT, UPDATE, DELETE and MERGE are."),
        Bool("pg_stat_statements.track_planning", "off", "Whether planning is timed too."),
        Bool("pg_stat_statements.save", "on", "Whether the account outlives a restart."),
        Integer("auto_explain.log_min_duration", "ms", "100ms", LongestTime, "-1", "Plans of statements that take so long are logged; -1: none.", special: -1),
        Bool("auto_explain.log_analyze", "off", "Whether with what was counted; this slows down every statement."),
        Bool("auto_explain.log_buffers", "off", "Whether with buffers, where log_analyze is on."),
        Bool("auto_explain.log_timing", "on", "Whether with the time of each step, where log_analyze is on."),
        Bool("auto_explain.log_nested_statements", "off", "Whether of statements within functions too."),
        Choice("auto_explain.log_format", "text", "How plans are written.", "text", "xml", "json", "yaml"),
        Real("auto_explain.sample_rate", null, "0", "1", "1", "Which share of statements is looked at."),

        // Who did what, in the log (decision 35). Where they go and at which level is the platform's: they would be at clients' screens, or lost.
        List(
            "pgaudit.log", CustomerSettings.Audited, "Which kinds of statements are written down with who made them and on what; read and write may be very many.",
            "none", "all", "read", "write", "function", "role", "ddl", "misc", "misc_set"),
        Role("pgaudit.role", "Statements that this role would be allowed by a grant to it on a table, and to no one else, are written down too: grant it select on a table to know who reads that one."),
        Bool("pgaudit.log_catalog", "off", "Whether statements on PostgreSQL's own catalogue alone are."),
        Bool("pgaudit.log_relation", "on", "Whether a statement on several tables has an entry for each."),
        Bool("pgaudit.log_rows", "off", "Whether with how many rows it returned or changed."),
        Bool("pgaudit.log_statement", "on", "Whether with the statement's text."),
        Bool("pgaudit.log_statement_once", "on", "Whether the text is left out of further entries of the same statement."),
        Bool("pgaudit.log_parameter", "off", "Whether with the values that were given beside the text: data, in the log."),
        Integer("pgaudit.log_parameter_max_size", null, "0", "1073741823", "0", "Values of more bytes are left out; 0: none is."),

        // With replicas.
        Bool("hot_standby_feedback", "off", "Whether rows that a replica still reads are kept on the primary, so that its statements are not cancelled."),
    ];

    // A process each: there are 512 to a CPU, some of them the system's, workers' and the other nodes'.
    private static long Connections(ParameterScope scope) => Math.Min(scope.MemoryBytes / (1 << 30) * 200, 400L * scope.Cpus);
}
