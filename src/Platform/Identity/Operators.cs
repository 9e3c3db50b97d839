using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity;

/// <summary>The operator's accounts in the store. Each method works in the caller's transaction and decides nothing.</summary>
internal static class Operators
{
    private const string Columns = """
        select o.id, o.name, case when o.disabled_at is not null then 'disabled' when o.accepted_at is null then 'invited' else 'active' end,
               array(select r.role from platform.operator_roles r where r.operator_id = o.id order by r.role), o.created_at, o.kind
        from platform.operators o
        """;

    public static async Task<IReadOnlyList<OperatorAccount>> ListAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.Statement(Columns + " order by o.name limit 200").ListAsync(Read, cancellationToken);

    public static Task<OperatorAccount?> FindAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken) =>
        connection.Statement(Columns + " where o.name = $1", name).FirstAsync(Read, cancellationToken);

    /// <summary>Ensures the account with exactly these roles; whether it is new.</summary>
    public static async Task<bool> PutAsync(NpgsqlConnection connection, string name, PutOperatorAccount content, CancellationToken cancellationToken)
    {
        var isNew = await connection.Statement("insert into platform.operators (id, name, kind) values ($1, $2, $3) on conflict (name) do nothing", Guid.CreateVersion7(), name, content.Kind ?? Accounts.User)
            .RunAsync(cancellationToken) > 0;
        await connection.Statement("update platform.operators set disabled_at = case when $2 then coalesce(disabled_at, now()) end where name = $1", name, content.Disabled)
            .RunAsync(cancellationToken);
        var roles = content.Roles.Distinct(StringComparer.Ordinal).ToArray();
        await connection.Statement("delete from platform.operator_roles where operator_id = (select id from platform.operators where name = $1) and role <> all($2)", name, roles)
            .RunAsync(cancellationToken);
        await connection.Statement(
            "insert into platform.operator_roles (operator_id, role) select o.id, r from platform.operators o, unnest($2::text[]) r where o.name = $1 on conflict do nothing", name, roles)
            .RunAsync(cancellationToken);
        return isNew;
    }

    public static Task<int> RemoveAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.Statement("delete from platform.operators where id = $1", id).RunAsync(cancellationToken);

    /// <summary>A problem if, as things stand in this transaction, nobody who can sign in is a platform administrator any more.</summary>
    public static async Task<Problem?> MissingAdministratorAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            select 1 from platform.operators o join platform.operator_roles r on r.operator_id = o.id
            where r.role = 'platform-administrator' and o.kind = 'user' and o.disabled_at is null and o.accepted_at is not null limit 1
            """).ListAsync(r => r.GetInt32(0), cancellationToken)).Count > 0
            ? null
            : Problem.Conflict("last-administrator", "The installation would have no administrator", "This would leave no active person who is a platform administrator. Make someone else one first.");

    private static OperatorAccount Read(NpgsqlDataReader r) =>
        new(r.GetGuid(0), r.GetString(1), r.GetString(2), r.GetFieldValue<string[]>(3), r.GetFieldValue<DateTimeOffset>(4), r.GetString(5));
}
