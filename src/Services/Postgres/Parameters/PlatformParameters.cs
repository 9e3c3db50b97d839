namespace Beffroi.Services.Postgres.Parameters;

/// <summary>Settings that the platform keeps to itself, and the promise that each rests on.</summary>
internal static class PlatformParameters
{
    private const string Durability = "what was committed survives a crash";
    private const string Backups = "backups and replicas are the platform's: nobody can switch them off";
    private const string Access = "connections are TLS 1.3 with SCRAM, and nobody comes in another way";
    private const string Code = "only code of the image runs in the server";
    private const string Files = "everything of yours lies on the encrypted volume";
    private const string Log = "the log lies on the encrypted volume, in a form that can be read and within its part of it";
    private const string Upkeep = "the database is looked after and can't stop by wraparound";
    private const string Space = "writes end before a full volume ends the database";

    // An asterisk at an end stands for anything.
    private static readonly (string Pattern, string Promise)[] Kept =
    [
        ("fsync", Durability), ("full_page_writes", Durability), ("synchronous_*", Durability), ("synchronized_*", Durability), ("wal_sync_method", Durability),
        ("wal_log_hints", Durability), ("data_checksums", Durability), ("ignore_*", Durability), ("zero_damaged_pages", Durability), ("commit_delay", Durability),
        ("data_sync_retry", Durability), ("restart_after_crash", Durability), ("allow_in_place_tablespaces", Durability),
        ("archive_*", Backups), ("wal_*", Backups), ("restore_command", Backups), ("recovery_*", Backups), ("primary_*", Backups), ("promote_*", Backups),
        ("max_wal_senders", Backups), ("max_replication_slots", Backups), ("max_slot_wal_keep_size", Backups), ("hot_standby", Backups), ("max_standby_*", Backups),
        ("track_commit_timestamp", Backups), ("summarize_wal", Backups), ("sync_replication_slots", Backups), ("cluster_name", Backups), ("*_standby_delay", Backups),
        ("ssl*", Access), ("listen_addresses", Access), ("port", Access), ("unix_socket_*", Access), ("hba_file", Access), ("ident_file", Access), ("password_encryption", Access),
        ("scram_iterations", Access), ("authentication_timeout", Access), ("krb_*", Access), ("gss_*", Access), ("db_user_namespace", Access), ("*reserved_connections", Access),
        ("bonjour*", Access), ("createrole_self_grant", Access),
        ("*_library", Code), ("*_libraries", Code), ("*_library_path", Code), ("extwlist.*", Code), ("jit_provider", Code), ("*_command", Code), ("extension_*", Code),
        ("allow_*", Code),
        ("data_directory", Files), ("config_file", Files), ("external_pid_file", Files), ("*_tablespaces", Files), ("default_tablespace", Files), ("*_directory", Files),
        ("log_destination", Log), ("logging_collector", Log), ("log_directory", Log), ("log_file*", Log), ("syslog_*", Log), ("event_source", Log), ("log_line_prefix", Log),
        ("log_min_messages", Log), ("log_min_error_statement", Log), ("log_statement", Log), ("log_parameter_*", Log), ("log_rotation_*", Log), ("log_truncate_*", Log), ("log_timezone", Log),
        ("autovacuum", Upkeep), ("track_counts", Upkeep), ("track_activities", Upkeep), ("vacuum_failsafe_age", Upkeep), ("vacuum_multixact_failsafe_age", Upkeep),
        ("default_transaction_read_only", Space), ("transaction_read_only", Space), ("min_wal_size", Space),
    ];

    /// <summary>The promise that rests on a setting, in words; null if it is not one of these.</summary>
    internal static string? PromiseOf(string name) => Kept.FirstOrDefault(kept => Matches(kept.Pattern, name)).Promise;

    private static bool Matches(string pattern, string name) =>
        pattern.StartsWith('*') ? name.EndsWith(pattern[1..], StringComparison.Ordinal)
        : pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal)
        : name == pattern;
}
