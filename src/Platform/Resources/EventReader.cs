using Beffroi.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Beffroi.Platform.Resources;

/// <summary>A place in the order of events: the transaction that wrote them, then their number.</summary>
/// <param name="Transaction">The writing transaction's id.</param>
/// <param name="Sequence">The event's number.</param>
public readonly record struct EventPosition(ulong Transaction, long Sequence);

/// <summary>
/// Reads events in an order into which nothing can be inserted later: by transaction, and only those of transactions before which
/// none is open any more (<c>pg_snapshot_xmin</c>). By sequence alone a reader would skip an event whose transaction took a smaller number
/// and committed later. Safe for concurrent use.
/// </summary>
public static class EventReader
{
    /// <summary>The end of what can be read now: everything committed from here on comes after it.</summary>
    public static async Task<EventPosition> EndAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select pg_snapshot_xmin(pg_current_snapshot())", connection);
        return new EventPosition((ulong)(await command.ExecuteScalarAsync(cancellationToken))!, 0);
    }

    /// <summary>The place of an event of the space; null if there is no such event (any more).</summary>
    public static async Task<EventPosition?> FindAsync(NpgsqlConnection connection, Guid spaceId, long sequence, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select xid from platform.events where space_id = $1 and sequence = $2", connection)
        { Parameters = { new() { Value = spaceId }, new() { Value = sequence } } };
        return await command.ExecuteScalarAsync(cancellationToken) is ulong transaction ? new EventPosition(transaction, sequence) : null;
    }

    /// <summary>The next events of the space after a place, at most <paramref name="limit"/>, each with its own place.</summary>
    public static async Task<IReadOnlyList<(EventPosition Position, ChangeEvent Event)>> ReadAsync(
        NpgsqlConnection connection, Guid spaceId, EventPosition after, int limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            select xid, sequence, type, resource_kind, resource_name, resource_id, operation_id, at
            from platform.events
            where space_id = $1 and (xid, sequence) > ($2, $3) and xid < pg_snapshot_xmin(pg_current_snapshot())
            order by xid, sequence
            limit $4
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = spaceId }, new() { Value = after.Transaction, NpgsqlDbType = NpgsqlDbType.Xid8 },
                new() { Value = after.Sequence }, new() { Value = limit },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var events = new List<(EventPosition, ChangeEvent)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var sequence = reader.GetInt64(1);
            events.Add((
                new EventPosition(reader.GetFieldValue<ulong>(0), sequence),
                new ChangeEvent(
                    sequence, reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetGuid(5),
                    reader.IsDBNull(6) ? null : reader.GetGuid(6), reader.GetFieldValue<DateTimeOffset>(7))));
        }

        return events;
    }
}
