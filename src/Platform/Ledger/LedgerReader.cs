using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Ledger;

/// <summary>An entry as it stands in the log.</summary>
/// <param name="Sequence">Its number, from 1, over all organizations.</param>
/// <param name="Entry">The entry exactly as it was hashed: canonical JSON (RFC 8785).</param>
/// <param name="PreviousSha256">The hash of the entry before, whoever's that is.</param>
/// <param name="Sha256">Its own hash, see docs/decisions/0003-keys-and-ledger.md.</param>
public sealed record LedgerRow(long Sequence, string Entry, byte[] PreviousSha256, byte[] Sha256);

/// <summary>Reads the ledger. An organization sees its own entries and no others. Safe for concurrent use.</summary>
public sealed class LedgerReader(NpgsqlDataSource source)
{
    /// <summary>The most entries in one page.</summary>
    public const int MaxLimit = 1000;

    /// <summary>The entries of one side, oldest first.</summary>
    /// <param name="organizationId">Whose; null for the operator's own.</param>
    /// <param name="after">Only entries with a greater sequence number; 0 for all.</param>
    /// <param name="limit">At most this many, 1 to <see cref="MaxLimit"/>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<IReadOnlyList<LedgerRow>> PageAsync(Guid? organizationId, long after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxLimit);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        // Two statements, so that each uses the index (organization_id, sequence).
        await using var command = organizationId is { } id
            ? connection.Statement("select sequence, entry, previous_sha256, sha256 from platform.ledger where organization_id = $1 and sequence > $2 order by sequence limit $3", id, after, limit)
            : connection.Statement("select sequence, entry, previous_sha256, sha256 from platform.ledger where organization_id is null and sequence > $1 order by sequence limit $2", after, limit);
        return await command.ListAsync(r => new LedgerRow(r.GetInt64(0), r.GetString(1), r.GetFieldValue<byte[]>(2), r.GetFieldValue<byte[]>(3)), cancellationToken);
    }
}
