using System.Text;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Ledger.Forwarding;

/// <summary>Entries of one log to send together.</summary>
/// <param name="Origin">Which log.</param>
/// <param name="Rows">Consecutive, at least one.</param>
internal sealed record Batch(string Origin, IReadOnlyList<LedgerRow> Rows)
{
    private const int MaxRows = 500;
    private const int MaxCharacters = 1 << 20;

    /// <summary>The first entry after it.</summary>
    public long Next => Rows[^1].Index + 1;

    /// <summary>As JSON lines.</summary>
    public byte[] Lines() => Encoding.UTF8.GetBytes(string.Concat(Rows.Select(row => SyslogSender.Line(Origin, row) + "\n")));

    /// <summary>What comes next for a forward; null if nothing does.</summary>
    public static async Task<Batch?> ReadAsync(NpgsqlConnection connection, LedgerForward forward, CancellationToken cancellationToken)
    {
        var origin = await connection.Statement("select origin from platform.ledger_logs where id = $1", forward.LogId).FirstAsync(r => r.GetString(0), cancellationToken);
        var rows = await connection.Statement(
            "select index, entry from platform.ledger_entries where log_id = $1 and index >= $2 and index < $2 + $3 order by index", forward.LogId, forward.NextIndex, (long)MaxRows)
            .ListAsync(r => new LedgerRow(r.GetInt64(0), r.GetString(1)), cancellationToken);

        // Never past a gap: what is missing there would be skipped in silence.
        var (count, characters) = (0, 0);
        while (count < rows.Count && rows[count].Index == forward.NextIndex + count && (count == 0 || characters + rows[count].Entry.Length <= MaxCharacters))
        {
            characters += rows[count++].Entry.Length;
        }

        return origin is null || count == 0 ? null : new Batch(origin, rows.GetRange(0, count));
    }
}
