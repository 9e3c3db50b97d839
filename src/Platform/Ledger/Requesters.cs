using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Ledger;

/// <summary>
/// Who asked for what is done later by a reconciler or an agent. It is kept with the operation, so that all entries of it can say on whose behalf.
/// Every method works on the caller's connection and in its transaction.
/// </summary>
public static class Requesters
{
    /// <summary>Notes who asked for an operation that was begun in this very transaction. Of one that somebody else's request began, nothing is changed.</summary>
    internal static Task NoteAsync(NpgsqlConnection connection, Guid operation, string by, CancellationToken cancellationToken) =>
        // created_at is the beginning of the transaction that made the row.
        connection.Statement("update platform.operations set requested_by = $2 where id = $1 and requested_by is null and created_at = now()", operation, by).RunAsync(cancellationToken);

    /// <summary>Notes that an operation was begun because of another: whoever asked for that one asked for this.</summary>
    public static Task InheritAsync(NpgsqlConnection connection, Guid operation, Guid from, CancellationToken cancellationToken) =>
        connection.Statement(
            "update platform.operations set requested_by = (select f.requested_by from platform.operations f where f.id = $2) where id = $1", operation, from).RunAsync(cancellationToken);

    /// <summary>Who asked for an operation on a resource or on an organization's key; null if nobody did.</summary>
    internal static async Task<string?> FindAsync(NpgsqlConnection connection, Guid operation, CancellationToken cancellationToken) =>
        await connection.Statement("""
            select requested_by from platform.operations where id = $1 and requested_by is not null
            union all select requested_by from platform.key_operations where id = $1 and requested_by is not null
            """, operation).FirstAsync(r => r.GetString(0), cancellationToken);
}
