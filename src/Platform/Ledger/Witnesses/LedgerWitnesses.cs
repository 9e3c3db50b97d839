using Beffroi.Platform.Store;
using Beffroi.Transparency;
using Npgsql;

namespace Beffroi.Platform.Ledger.Witnesses;

/// <summary>A witness of a log, and how it goes.</summary>
/// <param name="LogId">Of which log.</param>
/// <param name="Name">Unique for the log.</param>
/// <param name="Url">Its submission prefix (C2SP tlog-witness).</param>
/// <param name="PublicKey">A vkey of the kind <see cref="NoteAlgorithm.Cosignature"/>.</param>
/// <param name="Authority">PEM of who signed its TLS certificate; null for the system's authorities.</param>
/// <param name="CosignedSize">Entries that the log had when it last cosigned; 0 for never.</param>
/// <param name="CosignedAt">When, UTC, by our clock.</param>
/// <param name="Error">Why it hasn't since; null if all is well.</param>
internal sealed record LedgerWitness(
    Guid LogId, string Name, string Url, string PublicKey, string? Authority, long CosignedSize = 0, DateTime? CosignedAt = null, string? Error = null);

/// <summary>The witnesses of logs in the store.</summary>
internal static class LedgerWitnesses
{
    /// <summary>The most witnesses of one log.</summary>
    public const int Max = 8;

    private const string Columns = "log_id, name, url, public_key, authority, cosigned_size, cosigned_at, error";

    /// <summary>Those of a log, by name.</summary>
    public static Task<List<LedgerWitness>> ListAsync(NpgsqlConnection connection, Guid logId, CancellationToken cancellationToken) =>
        connection.Statement("select " + Columns + " from platform.ledger_witnesses where log_id = $1 order by name", logId).ListAsync(Read, cancellationToken);

    /// <summary>Adds or replaces one. Another key or address begins anew. False if the log has <see cref="Max"/> others already.</summary>
    public static async Task<bool> PutAsync(NpgsqlConnection connection, LedgerWitness witness, CancellationToken cancellationToken)
    {
        await connection.Statement("select pg_advisory_xact_lock(hashtextextended('ledger-witnesses/' || $1::text, 0))", witness.LogId).RunAsync(cancellationToken);
        var put = await connection.Statement("""
            insert into platform.ledger_witnesses as w (log_id, name, url, public_key, authority)
            select $1, $2, $3, $4, $5 where (select count(*) from platform.ledger_witnesses where log_id = $1 and name <> $2) < $6
            on conflict (log_id, name) do update set
                cosigned_size = case when w.public_key = excluded.public_key and w.url = excluded.url then w.cosigned_size else 0 end,
                url = excluded.url, public_key = excluded.public_key, authority = excluded.authority, error = null, failures = 0, next_attempt_at = now()
            """, witness.LogId, witness.Name, witness.Url, witness.PublicKey, witness.Authority, Max).RunAsync(cancellationToken);
        return put > 0;
    }

    /// <summary>Removes one; whether it was there.</summary>
    public static async Task<bool> RemoveAsync(NpgsqlConnection connection, Guid logId, string name, CancellationToken cancellationToken) =>
        await connection.Statement("delete from platform.ledger_witnesses where log_id = $1 and name = $2", logId, name).RunAsync(cancellationToken) > 0;

    /// <summary>Those that have something to cosign now, or whose word is older than <paramref name="freshness"/>.</summary>
    public static Task<List<LedgerWitness>> DueAsync(NpgsqlConnection connection, TimeSpan freshness, CancellationToken cancellationToken) =>
        connection.Statement("""
            select w.log_id, w.name, w.url, w.public_key, w.authority, w.cosigned_size, w.cosigned_at, w.error
            from platform.ledger_witnesses w join platform.ledger_logs l on l.id = w.log_id
            where w.next_attempt_at <= now() and l.checkpoint is not null
              and (w.cosigned_size <> l.size or w.cosigned_at is null or w.cosigned_at < now() - $1 or w.error is not null)
            order by w.log_id, w.name
            """, freshness).ListAsync(Read, cancellationToken);

    /// <summary>Notes that it cosigned.</summary>
    public static Task CosignedAsync(NpgsqlConnection connection, LedgerWitness witness, long size, CancellationToken cancellationToken) =>
        connection.Statement(
            "update platform.ledger_witnesses set cosigned_size = $3, cosigned_at = now(), error = null, failures = 0 where log_id = $1 and name = $2 and public_key = $4",
            witness.LogId, witness.Name, size, witness.PublicKey).RunAsync(cancellationToken);

    /// <summary>Notes that it didn't, and when to ask again: in 1, 2, 4 … seconds, at most 5 minutes, with jitter.</summary>
    public static Task FailedAsync(NpgsqlConnection connection, LedgerWitness witness, string error, CancellationToken cancellationToken) =>
        connection.Statement("""
            update platform.ledger_witnesses set error = $3, failures = failures + 1,
                next_attempt_at = now() + least(300, power(2, least(failures, 9))) * (0.5 + random() / 2) * interval '1 second'
            where log_id = $1 and name = $2
            """, witness.LogId, witness.Name, error).RunAsync(cancellationToken);

    /// <summary>Keeps a cosigned checkpoint as the log's newest, unless a larger one is kept by now.</summary>
    public static Task KeepAsync(NpgsqlConnection connection, Guid logId, string note, long size, CancellationToken cancellationToken) =>
        connection.Statement(
            "update platform.ledger_logs set cosigned = $2 where id = $1 and (cosigned is null or split_part(cosigned, E'\\n', 2)::bigint <= $3)", logId, note, size)
            .RunAsync(cancellationToken);

    private static LedgerWitness Read(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetString(1), r.GetString(2), r.GetString(3), r.IsDBNull(4) ? null : r.GetString(4), r.GetInt64(5), r.Nullable<DateTime>(6), r.IsDBNull(7) ? null : r.GetString(7));
}
