using System.Text;
using Beffroi.Platform.Store;
using Beffroi.Transparency;
using Npgsql;

namespace Beffroi.Platform.Ledger;

/// <summary>A log's tiles as the store has them. It gives out what is there: whoever reads checks it. As safe for concurrent use as its connection.</summary>
internal sealed class LedgerTiles(NpgsqlConnection connection, Guid logId) : ITileSource
{
    public async ValueTask<byte[]?> ReadAsync(Tile tile, CancellationToken cancellationToken)
    {
        if (tile.Level == Tile.Entries)
        {
            var first = tile.Index * Tile.FullWidth;
            var entries = await connection.Statement(
                "select entry from platform.ledger_entries where log_id = $1 and index >= $2 and index < $3 order by index", logId, first, first + tile.Width)
                .ListAsync(r => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(r.GetString(0)), cancellationToken);
            return entries.Count == 0 ? null : EntryBundle.Write(entries);
        }

        // A tile that has grown meanwhile begins with what it was.
        return await connection.Statement(
            "select substring(hashes for $4) from platform.ledger_tiles where log_id = $1 and level = $2 and index = $3",
            logId, (short)tile.Level, tile.Index, tile.Width * TreeHash.Length)
            .FirstAsync(r => r.GetFieldValue<byte[]>(0), cancellationToken);
    }
}
