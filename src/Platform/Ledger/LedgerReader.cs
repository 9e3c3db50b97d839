using Beffroi.Platform.Store;
using Beffroi.Transparency;
using Npgsql;

namespace Beffroi.Platform.Ledger;

/// <summary>An entry as it stands in a log.</summary>
/// <param name="Index">Its number, from 0.</param>
/// <param name="Entry">Exactly as it was hashed: canonical JSON (RFC 8785).</param>
public sealed record LedgerRow(long Index, string Entry);

/// <summary>What one needs to verify a log.</summary>
/// <param name="PublicKey">The log's key, as a vkey (C2SP signed-note).</param>
/// <param name="Checkpoint">The newest, signed (C2SP tlog-checkpoint).</param>
public sealed record LedgerHead(string PublicKey, string Checkpoint);

/// <summary>Which entries to return; a null member asks for nothing.</summary>
/// <param name="Action">Exactly this.</param>
/// <param name="Actor">Exactly this.</param>
/// <param name="Outcome">Exactly this.</param>
/// <param name="Resource">This path or one below it.</param>
/// <param name="Since">Logged at this time or later.</param>
/// <param name="Until">Logged before this time.</param>
public sealed record LedgerFilter(
    string? Action = null, string? Actor = null, string? Outcome = null, string? Resource = null, DateTimeOffset? Since = null, DateTimeOffset? Until = null);

/// <summary>Reads the logs. An organization's id gives its own log and no other; null gives the operator's.</summary>
public static class LedgerReader
{
    /// <summary>The most entries in one page.</summary>
    public const int MaxLimit = 1000;

    /// <summary>The most entries that one page looks through, matching or not.</summary>
    public const long MaxScan = 50_000;

    /// <summary>Entries, oldest first.</summary>
    /// <param name="connection">To the store.</param>
    /// <param name="organizationId">Whose.</param>
    /// <param name="from">The first number to look at, from 0.</param>
    /// <param name="limit">At most this many, 1 to <see cref="MaxLimit"/>.</param>
    /// <param name="filter">Which.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<IReadOnlyList<LedgerRow>> PageAsync(NpgsqlConnection connection, Guid? organizationId, long from, int limit, LedgerFilter filter, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxLimit);
        // What no filter asks for isn't parsed.
        return await connection.Statement("""
            select index, entry from platform.ledger_entries
            where log_id = $1 and index >= $2 and index < $2 + $10
              and ($4::text is null or entry::jsonb ->> 'action' = $4)
              and ($5::text is null or entry::jsonb ->> 'actor' = $5)
              and ($6::text is null or entry::jsonb ->> 'outcome' = $6)
              and ($7::text is null or entry::jsonb ->> 'resource' = $7 or starts_with(entry::jsonb ->> 'resource', $7 || '/'))
              and ($8::timestamptz is null or (entry::jsonb ->> 'loggedAt')::timestamptz >= $8)
              and ($9::timestamptz is null or (entry::jsonb ->> 'loggedAt')::timestamptz < $9)
            order by index limit $3
            """, organizationId ?? Guid.Empty, from, limit, filter.Action, filter.Actor, filter.Outcome, filter.Resource, filter.Since?.ToUniversalTime(), filter.Until?.ToUniversalTime(), MaxScan)
            .ListAsync(r => new LedgerRow(r.GetInt64(0), r.GetString(1)), cancellationToken);
    }

    /// <summary>The log's public key (a vkey) and its newest signed checkpoint; null while there is no entry.</summary>
    public static Task<LedgerHead?> FindHeadAsync(NpgsqlConnection connection, Guid? organizationId, CancellationToken cancellationToken)
    {
        return connection.Statement("select public_key, checkpoint from platform.ledger_logs where id = $1 and checkpoint is not null", organizationId ?? Guid.Empty)
            .FirstAsync(r => new LedgerHead(r.GetString(0), r.GetString(1)), cancellationToken);
    }

    /// <summary>The same, with its witnesses' signatures as soon as they are there.</summary>
    public static Task<LedgerHead?> FindShownAsync(NpgsqlConnection connection, Guid? organizationId, CancellationToken cancellationToken) =>
        connection.Statement("""
            select public_key, case when starts_with(cosigned, split_part(checkpoint, E'\n\n', 1) || E'\n\n') then cosigned else checkpoint end
            from platform.ledger_logs where id = $1 and checkpoint is not null
            """, organizationId ?? Guid.Empty).FirstAsync(r => new LedgerHead(r.GetString(0), r.GetString(1)), cancellationToken);

    /// <summary>The newest checkpoint that witnesses cosigned, with their signatures; null if none did.</summary>
    public static Task<string?> FindCosignedAsync(NpgsqlConnection connection, Guid? organizationId, CancellationToken cancellationToken) =>
        connection.Statement("select cosigned from platform.ledger_logs where id = $1 and cosigned is not null", organizationId ?? Guid.Empty)
            .FirstAsync(r => r.GetString(0), cancellationToken);

    /// <summary>How many entries the log has.</summary>
    public static async Task<long> SizeAsync(NpgsqlConnection connection, Guid? organizationId, CancellationToken cancellationToken) =>
        (await connection.Statement("select size from platform.ledger_logs where id = $1", organizationId ?? Guid.Empty).ListAsync(r => r.GetInt64(0), cancellationToken)).FirstOrDefault();

    /// <summary>A tile or a bundle of entries; null if the log has none such.</summary>
    public static async Task<byte[]?> FindTileAsync(NpgsqlConnection connection, Guid? organizationId, Tile tile, CancellationToken cancellationToken)
    {
        var id = organizationId ?? Guid.Empty;
        return tile.End <= Tile.NodesAt(tile.Level, await SizeAsync(connection, organizationId, cancellationToken)) ? await new LedgerTiles(connection, id).ReadAsync(tile, cancellationToken) : null;
    }
}
