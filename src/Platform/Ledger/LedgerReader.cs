using System.Globalization;
using System.Text;
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
/// <param name="OnBehalfOf">Exactly this.</param>
public sealed record LedgerFilter(
    string? Action = null, string? Actor = null, string? Outcome = null, string? Resource = null, DateTimeOffset? Since = null, DateTimeOffset? Until = null,
    string? OnBehalfOf = null);

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
              and ($11::text is null or entry::jsonb ->> 'onBehalfOf' = $11)
            order by index limit $3
            """, organizationId ?? Guid.Empty, from, limit, filter.Action, filter.Actor, filter.Outcome, filter.Resource, filter.Since?.ToUniversalTime(), filter.Until?.ToUniversalTime(), MaxScan, filter.OnBehalfOf)
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

    /// <summary>
    /// Looks whether the log is what its newest checkpoint says: the signature, the root of the tree, some of its entries, and whether what happened a while ago is in it. Reads little however
    /// long the log is: <see cref="LogVerifier"/> verifies all of it.
    /// </summary>
    /// <returns>How many entries the checkpoint covers, and what is wrong, in words; null if nothing is.</returns>
    public static async Task<(long Size, string? Fault)> InspectAsync(NpgsqlConnection connection, Guid? organizationId, LedgerHead head, CancellationToken cancellationToken)
    {
        var id = organizationId ?? Guid.Empty;
        if (NoteKey.Parse(head.PublicKey) is not { } key)
        {
            return (0, "The log's public key can't be read.");
        }

        if (Checkpoint.Open(head.Checkpoint, key, out var checkpoint) is { } unsigned)
        {
            return (0, unsigned.Message);
        }

        try
        {
            var tree = new TiledTree(new LedgerTiles(connection, id), checkpoint.Size);
            if (await tree.RootAsync(cancellationToken) != checkpoint.Root)
            {
                return (checkpoint.Size, "The tree's root is not the one that was signed.");
            }

            foreach (var index in Samples(checkpoint.Size))
            {
                var entry = await connection.Statement("select entry from platform.ledger_entries where log_id = $1 and index = $2", id, index).FirstAsync(r => r.GetString(0), cancellationToken);
                if (entry is null || TreeHash.OfLeaf(Encoding.UTF8.GetBytes(entry)) != await tree.LeafAsync(index, cancellationToken))
                {
                    return (checkpoint.Size, string.Create(CultureInfo.InvariantCulture, $"Entry {index} is {(entry is null ? "gone" : "not the one that was entered")}."));
                }
            }
        }
        catch (TileException e)
        {
            return (checkpoint.Size, e.Message);
        }

        var waiting = await connection.Statement("select 1 from platform.ledger_pending where log_id = $1 and at < now() - interval '5 minutes' limit 1", id).ListAsync(_ => true, cancellationToken);
        return (checkpoint.Size, waiting.Count > 0 ? "Something that happened more than five minutes ago is not entered yet." : null);
    }

    /// <summary>Of each of these actions the newest entries that a checkpoint of that size covers, in order of number; of a long log only the newest <see cref="MaxScan"/> are looked through.</summary>
    public static async Task<IReadOnlyList<LedgerRow>> NewestAsync(
        NpgsqlConnection connection, Guid? organizationId, long size, IReadOnlyCollection<string> actions, int perAction, CancellationToken cancellationToken) =>
        await connection.Statement("""
            select index, entry from (
                select index, entry, row_number() over (partition by entry::jsonb ->> 'action' order by index desc) as newest from platform.ledger_entries
                where log_id = $1 and index >= $2 - $5 and index < $2 and entry::jsonb ->> 'action' = any($3)) e
            where newest <= $4 order by index
            """, organizationId ?? Guid.Empty, size, actions.ToArray(), perAction, MaxScan).ListAsync(r => new LedgerRow(r.GetInt64(0), r.GetString(1)), cancellationToken);

    /// <summary>An entry's proof for a checkpoint that covers it; null if the store doesn't have what it takes.</summary>
    public static async Task<InclusionProof?> ProveAsync(NpgsqlConnection connection, Guid? organizationId, long index, string checkpoint, CancellationToken cancellationToken)
    {
        if (SignedNote.Parse(checkpoint) is not { } note || Checkpoint.Parse(note.Text) is not { } covered || index >= covered.Size)
        {
            return null;
        }

        try
        {
            var tree = new TiledTree(new LedgerTiles(connection, organizationId ?? Guid.Empty), covered.Size);
            return new InclusionProof(index, await tree.InclusionProofAsync(index, cancellationToken), checkpoint);
        }
        catch (TileException)
        {
            return null;
        }
    }

    // The ends, and a few between that are others each time.
    private static IEnumerable<long> Samples(long size) =>
        size == 0 ? [] : Enumerable.Range(0, 14).Select(_ => Random.Shared.NextInt64(size)).Append(0).Append(size - 1).Distinct();

    /// <summary>A tile or a bundle of entries; null if the log has none such.</summary>
    public static async Task<byte[]?> FindTileAsync(NpgsqlConnection connection, Guid? organizationId, Tile tile, CancellationToken cancellationToken)
    {
        var id = organizationId ?? Guid.Empty;
        return tile.End <= Tile.NodesAt(tile.Level, await SizeAsync(connection, organizationId, cancellationToken)) ? await new LedgerTiles(connection, id).ReadAsync(tile, cancellationToken) : null;
    }
}
