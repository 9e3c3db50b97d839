using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Ledger.Forwarding;

/// <summary>Where a log's entries are sent, and how far that is.</summary>
/// <param name="Id">Never reused; a webhook's secret is kept under it.</param>
/// <param name="LogId">Of which log.</param>
/// <param name="Name">Unique for the log.</param>
/// <param name="Url"><c>syslog+tls://HOST:PORT</c> (RFC 5425) or <c>https://…</c>.</param>
/// <param name="Authority">PEM of who signed the receiver's TLS certificate; null for the system's authorities.</param>
/// <param name="NextIndex">The first entry that hasn't arrived.</param>
/// <param name="DeliveredAt">When entries last arrived, UTC.</param>
/// <param name="Error">Why they don't; null if all is well.</param>
/// <param name="Failures">In a row.</param>
internal sealed record LedgerForward(
    Guid Id, Guid LogId, string Name, string Url, string? Authority, long NextIndex, DateTime? DeliveredAt = null, string? Error = null, int Failures = 0)
{
    /// <summary>The scheme of syslog over TLS.</summary>
    public const string Syslog = "syslog+tls";

    /// <summary>The name under which a webhook's secret is kept with <see cref="Id"/>.</summary>
    public const string Secret = "webhook";

    /// <summary>Whether it is a webhook, whose messages are signed.</summary>
    public bool IsWebhook => !Url.StartsWith(Syslog + ":", StringComparison.Ordinal);
}

/// <summary>The forwards of logs in the store.</summary>
internal static class LedgerForwards
{
    /// <summary>The most forwards of one log.</summary>
    public const int Max = 8;

    // Longer than any attempt takes, so that no other replica begins the same one meanwhile.
    private static readonly TimeSpan Attempt = TimeSpan.FromMinutes(2);

    private const string Columns = "f.id, f.log_id, f.name, f.url, f.authority, f.next_index, f.delivered_at, f.error, f.failures";

    /// <summary>Those of a log, by name.</summary>
    public static Task<List<LedgerForward>> ListAsync(NpgsqlConnection connection, Guid logId, CancellationToken cancellationToken) =>
        connection.Statement("select " + Columns + " from platform.ledger_forwards f where log_id = $1 order by name", logId).ListAsync(Read, cancellationToken);

    /// <summary>One of a log's; null if there is none of that name.</summary>
    public static Task<LedgerForward?> FindAsync(NpgsqlConnection connection, Guid logId, string name, CancellationToken cancellationToken) =>
        connection.Statement("select " + Columns + " from platform.ledger_forwards f where log_id = $1 and name = $2 for update", logId, name).FirstAsync(Read, cancellationToken);

    /// <summary>Adds one, or changes where it leads; what has arrived stays so. False if the log has <see cref="Max"/> others already.</summary>
    public static async Task<bool> PutAsync(NpgsqlConnection connection, LedgerForward forward, CancellationToken cancellationToken)
    {
        await connection.Statement("select pg_advisory_xact_lock(hashtextextended('ledger-forwards/' || $1::text, 0))", forward.LogId).RunAsync(cancellationToken);
        // Another address is another receiver: it has nothing of what the one before was sent.
        var put = await connection.Statement("""
            insert into platform.ledger_forwards as f (id, log_id, name, url, authority, next_index, first_index)
            select $1, $2, $3, $4, $5, $6, $6 where (select count(*) from platform.ledger_forwards where log_id = $2 and name <> $3) < $7
            on conflict (log_id, name) do update set
                first_index = case when f.url = excluded.url then least(f.first_index, excluded.next_index) else excluded.next_index end,
                url = excluded.url, authority = excluded.authority, next_index = excluded.next_index, error = null, failures = 0, next_attempt_at = now()
            """, forward.Id, forward.LogId, forward.Name, forward.Url, forward.Authority, forward.NextIndex, Max).RunAsync(cancellationToken);
        return put > 0;
    }

    /// <summary>Removes one.</summary>
    public static Task RemoveAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.Statement("delete from platform.ledger_forwards where id = $1", id).RunAsync(cancellationToken);

    /// <summary>Takes those that have entries to send now; nobody else gets them for two minutes, or until they are released.</summary>
    public static Task<List<LedgerForward>> TakeAsync(NpgsqlConnection connection, int limit, CancellationToken cancellationToken) =>
        connection.Statement("""
            update platform.ledger_forwards f set next_attempt_at = now() + $2
            from (select w.id from platform.ledger_forwards w join platform.ledger_logs l on l.id = w.log_id
                  where w.next_attempt_at <= now() and l.size > w.next_index order by w.next_attempt_at limit $1 for update of w skip locked) due
            where f.id = due.id returning
            """ + " " + Columns, limit, Attempt).ListAsync(Read, cancellationToken);

    /// <summary>The entries have arrived up to <paramref name="next"/>. False if where they go was changed meanwhile.</summary>
    public static async Task<bool> DeliveredAsync(NpgsqlConnection connection, LedgerForward forward, long next, CancellationToken cancellationToken) =>
        await connection.Statement("""
            update platform.ledger_forwards set next_index = $3, delivered_at = now(), error = null, failures = 0, next_attempt_at = now()
            where id = $1 and next_index = $2 and url = $4
            """, forward.Id, forward.NextIndex, next, forward.Url).RunAsync(cancellationToken) > 0;

    /// <summary>They have not arrived; tried again in 1, 2, 4 … seconds, at most 5 minutes, with jitter.</summary>
    public static Task FailedAsync(NpgsqlConnection connection, LedgerForward forward, string error, CancellationToken cancellationToken) =>
        connection.Statement("""
            update platform.ledger_forwards set error = $2, failures = failures + 1,
                next_attempt_at = now() + least(300, power(2, least(failures, 9))) * (0.5 + random() / 2) * interval '1 second'
            where id = $1 and url = $3
            """, forward.Id, error, forward.Url).RunAsync(cancellationToken);

    private static LedgerForward Read(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetGuid(1), r.GetString(2), r.GetString(3), r.IsDBNull(4) ? null : r.GetString(4), r.GetInt64(5), r.Nullable<DateTime>(6),
        r.IsDBNull(7) ? null : r.GetString(7), r.GetInt32(8));
}
