using System.Text.Json;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Ledger;

/// <summary>What was done to a ledger.</summary>
public enum LedgerTampering
{
    /// <summary>One or more entries are gone.</summary>
    Removed,

    /// <summary>An entry is not what was written.</summary>
    Changed,

    /// <summary>There is an entry that wasn't written there.</summary>
    Inserted,

    /// <summary>Entries stand in another order.</summary>
    Reordered,
}

/// <summary>The end of the log at some time; kept elsewhere, it shows later that nothing before it was touched or cut off.</summary>
/// <param name="Sequence">The last entry's number; 0 for an empty log.</param>
/// <param name="Sha256">Its hash.</param>
public sealed record LedgerHead(long Sequence, byte[] Sha256);

/// <summary>The first place where the log isn't what it was.</summary>
/// <param name="Sequence">At which entry.</param>
/// <param name="Tampering">What was done, as far as one can tell.</param>
/// <param name="Message">For a person.</param>
public sealed record LedgerBreak(long Sequence, LedgerTampering Tampering, string Message);

/// <summary>The outcome.</summary>
/// <param name="Entries">How many entries were read up to the end or the break.</param>
/// <param name="Head">The last sound entry.</param>
/// <param name="Break">Null if the log is sound.</param>
public sealed record LedgerVerification(long Entries, LedgerHead Head, LedgerBreak? Break);

/// <summary>Reads the whole ledger and recomputes it. Safe for concurrent use, also while entries are appended.</summary>
public sealed class LedgerVerifier(NpgsqlDataSource source)
{
    /// <summary>Verifies all entries.</summary>
    /// <param name="known">
    /// A head noted before. Without one, entries cut off the end, or a log rewritten from some entry to its end, can't be noticed.
    /// </param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task<LedgerVerification> VerifyAsync(LedgerHead? known, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var second = await source.OpenConnectionAsync(cancellationToken);
        await using var command = connection.Statement("select sequence, organization_id, entry, previous_sha256, sha256 from platform.ledger order by sequence");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var head = new LedgerHead(0, LedgerHash.Genesis);
        while (await reader.ReadAsync(cancellationToken))
        {
            var row = new Row(reader.GetInt64(0), reader.Nullable<Guid>(1), reader.GetString(2), reader.GetFieldValue<byte[]>(3), reader.GetFieldValue<byte[]>(4));
            if (await CheckAsync(second, head, row, cancellationToken) is { } broken)
            {
                return new LedgerVerification(head.Sequence, head, broken);
            }

            head = new LedgerHead(row.Sequence, row.Sha256);
            if (known is not null && known.Sequence == head.Sequence && !known.Sha256.AsSpan().SequenceEqual(head.Sha256))
            {
                return new LedgerVerification(head.Sequence, head, new(head.Sequence, LedgerTampering.Changed,
                    $"Entry {head.Sequence} has another hash than was noted before: it or an entry before it was changed, and all after it were written anew."));
            }
        }

        return new LedgerVerification(head.Sequence, head, known is null || known.Sequence <= head.Sequence ? null : new(head.Sequence + 1, LedgerTampering.Removed,
            $"The log ends at entry {head.Sequence}, but it had {known.Sequence} entries before: the rest was removed."));
    }

    private static async Task<LedgerBreak?> CheckAsync(NpgsqlConnection connection, LedgerHead head, Row row, CancellationToken cancellationToken)
    {
        var expected = head.Sequence + 1;
        if (row.Sequence != expected)
        {
            return new(expected, LedgerTampering.Removed, row.Sequence < expected
                ? $"An entry numbered {row.Sequence} stands before the first."
                : $"Entries {expected} to {row.Sequence - 1} are missing.");
        }

        if (!LedgerHash.Of(row.PreviousSha256, row.Entry).AsSpan().SequenceEqual(row.Sha256))
        {
            return new(expected, LedgerTampering.Changed, $"Entry {expected} is not what was hashed: its content or its hash was changed.");
        }

        var (number, organization) = Inner(row.Entry);
        if (number < expected)
        {
            return new(expected, LedgerTampering.Inserted, $"Entry {expected} calls itself {number}: before it, an entry was inserted or repeated.");
        }

        if (number > expected)
        {
            // If the one that belongs here stands elsewhere, they changed places; if not, it is gone and the rest was renumbered.
            var elsewhere = await connection.Statement("select 1 from platform.ledger where entry::jsonb ->> 'sequence' = $1::bigint::text", expected)
                .ListAsync(r => r.GetInt32(0), cancellationToken);
            return elsewhere.Count > 0
                ? new(expected, LedgerTampering.Reordered, $"In place of entry {expected} stands entry {number}.")
                : new(expected, LedgerTampering.Removed, $"Entry {expected} is missing; entry {number} was put in its place.");
        }

        if (!row.PreviousSha256.AsSpan().SequenceEqual(head.Sha256))
        {
            return new(head.Sequence == 0 ? expected : head.Sequence, LedgerTampering.Changed,
                $"Entry {expected} does not follow entry {head.Sequence} as it stands: one of the two was changed and hashed anew.");
        }

        return organization == row.OrganizationId
            ? null
            : new(expected, LedgerTampering.Changed, $"Entry {expected} was moved to another organization's view.");
    }

    private static (long Number, Guid? Organization) Inner(string entry)
    {
        try
        {
            using var json = JsonDocument.Parse(entry);
            var organization = json.RootElement.TryGetProperty("organizationId", out var id) ? id.GetGuid() : (Guid?)null;
            return (json.RootElement.GetProperty("sequence").GetInt64(), organization);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // Hashed, yet nothing that this program writes.
            return (0, null);
        }
    }

    private sealed record Row(long Sequence, Guid? OrganizationId, string Entry, byte[] PreviousSha256, byte[] Sha256);
}
