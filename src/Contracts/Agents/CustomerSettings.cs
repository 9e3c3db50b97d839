using System.Collections.Frozen;

namespace Beffroi.Contracts.Agents;

/// <summary>
/// What of PostgreSQL a configuration may set on a customer's behalf. The agent takes nothing else, whoever sends it: a setting such as a command or a
/// library would be a way from the control plane to the customer's data.
/// </summary>
public static class CustomerSettings
{
    /// <summary>
    /// <c>pgaudit.log</c> where nobody sets it, and of the platform's own sessions whatever somebody sets: changes of tables, rights and roles. Few lines, and what an inquiry begins with.
    /// </summary>
    public const string Audited = "ddl,role";

    /// <summary>Their names, in lower case.</summary>
    public static FrozenSet<string> Names { get; } = FrozenSet.ToFrozenSet(
    [
        "auto_explain.log_analyze", "auto_explain.log_buffers", "auto_explain.log_format", "auto_explain.log_min_duration",
        "auto_explain.log_nested_statements", "auto_explain.log_timing", "auto_explain.sample_rate", "autovacuum_analyze_scale_factor",
        "autovacuum_analyze_threshold", "autovacuum_freeze_max_age", "autovacuum_max_workers", "autovacuum_multixact_freeze_max_age", "autovacuum_naptime",
        "autovacuum_vacuum_cost_delay", "autovacuum_vacuum_cost_limit", "autovacuum_vacuum_insert_scale_factor", "autovacuum_vacuum_insert_threshold",
        "autovacuum_vacuum_scale_factor", "autovacuum_vacuum_threshold", "autovacuum_work_mem", "bgwriter_delay", "bgwriter_lru_maxpages", "bytea_output",
        "checkpoint_timeout", "client_connection_check_interval", "constraint_exclusion", "cpu_index_tuple_cost", "cpu_operator_cost", "cpu_tuple_cost",
        "datestyle", "deadlock_timeout", "default_statistics_target", "default_text_search_config", "default_toast_compression", "effective_cache_size",
        "effective_io_concurrency", "enable_memoize", "enable_nestloop", "enable_partitionwise_aggregate", "enable_partitionwise_join", "enable_seqscan",
        "extra_float_digits", "from_collapse_limit", "geqo", "geqo_threshold", "gin_pending_list_limit", "hash_mem_multiplier", "hot_standby_feedback",
        "idle_in_transaction_session_timeout", "idle_session_timeout", "intervalstyle", "jit", "jit_above_cost", "join_collapse_limit", "lock_timeout",
        "log_autovacuum_min_duration", "log_checkpoints", "log_connections", "log_disconnections", "log_lock_waits", "log_min_duration_sample",
        "log_min_duration_statement", "log_statement_sample_rate", "log_temp_files", "maintenance_io_concurrency", "maintenance_work_mem", "max_connections",
        "max_locks_per_transaction", "max_parallel_maintenance_workers", "max_parallel_workers", "max_parallel_workers_per_gather",
        "max_pred_locks_per_transaction", "max_prepared_transactions", "max_wal_size", "max_worker_processes", "min_parallel_index_scan_size",
        "min_parallel_table_scan_size", "parallel_setup_cost", "parallel_tuple_cost", "pg_stat_statements.max", "pg_stat_statements.save",
        "pg_stat_statements.track", "pg_stat_statements.track_planning", "pg_stat_statements.track_utility", "pgaudit.log", "pgaudit.log_catalog",
        "pgaudit.log_parameter", "pgaudit.log_parameter_max_size", "pgaudit.log_relation", "pgaudit.log_rows", "pgaudit.log_statement",
        "pgaudit.log_statement_once", "pgaudit.role", "plan_cache_mode", "random_page_cost",
        "seq_page_cost", "shared_buffers", "statement_timeout", "tcp_keepalives_count", "tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_user_timeout",
        "temp_buffers", "temp_file_limit", "timezone", "track_activity_query_size", "track_functions", "track_io_timing", "transaction_timeout",
        "vacuum_buffer_usage_limit", "vacuum_cost_delay", "vacuum_cost_limit", "work_mem",
    ]);

    /// <summary>Whether a configuration may set this: the name is known, and the value a word, a number or a list that needs no quoting.</summary>
    public static bool IsAllowed(string name, string value) =>
        Names.Contains(name) && value.Length is > 0 and <= 100 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '/' or ',' or ' ' or '+');
}
