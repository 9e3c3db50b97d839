using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Sovereignty;
using Beffroi.Platform.Store;
using Npgsql;
using NpgsqlTypes;

namespace Beffroi.Platform.Sovereignty;

/// <summary>What the operator entered, in the store. Each method works in the caller's transaction and decides nothing.</summary>
internal static class RegisterTable
{
    /// <summary>The most entries.</summary>
    public const int Most = 500;

    /// <summary>All of it, by id.</summary>
    public static async Task<IReadOnlyList<RegisterEntry>> ListAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.Statement("select id, content, changed_at from platform.register_entries order by id")
            .ListAsync(r => View(r.GetString(0), JsonSerializer.Deserialize(r.GetString(1), WireJson.Default.PutRegisterEntry)!, r.GetFieldValue<DateTimeOffset>(2)), cancellationToken);

    /// <summary>Lets no other transaction change the register until this one ends: entries name each other.</summary>
    public static Task TakeTurnAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.Statement("lock table platform.register_entries in share row exclusive mode").RunAsync(cancellationToken);

    /// <summary>Keeps one in the place of the one of the same id.</summary>
    public static async Task<RegisterEntry> KeepAsync(NpgsqlConnection connection, string id, PutRegisterEntry content, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await using var command = connection.Statement("""
            insert into platform.register_entries (id, content, changed_at) values ($1, $2, $3)
            on conflict (id) do update set content = excluded.content, changed_at = excluded.changed_at
            returning changed_at
            """, id, null, at);
        command.Parameters[1] = new NpgsqlParameter { Value = JsonSerializer.Serialize(content, WireJson.Default.PutRegisterEntry), NpgsqlDbType = NpgsqlDbType.Jsonb };
        // As it is kept: a time there has microseconds.
        return View(id, content, new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancellationToken))!));
    }

    /// <summary>Removes one.</summary>
    public static Task RemoveAsync(NpgsqlConnection connection, string id, CancellationToken cancellationToken) =>
        connection.Statement("delete from platform.register_entries where id = $1", id).RunAsync(cancellationToken);

    private static RegisterEntry View(string id, PutRegisterEntry content, DateTimeOffset at) => new(
        id, content.Kind, content.Name, EntryKinds.FromOperator, content.Stops, content.Reason, content.Carries ?? [], content.Version, content.Supplier, content.Jurisdiction, content.Licence, content.LicenceKind,
        content.Expires, content.Redundancy, content.Hosting, at);
}
