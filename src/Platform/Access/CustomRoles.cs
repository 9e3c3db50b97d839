using Beffroi.Contracts;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Access;

/// <summary>Roles of an organization's own in the store. Each method works in the caller's transaction and decides nothing.</summary>
internal static class CustomRoles
{
    public static async Task<IReadOnlyList<Role>> ListAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        await connection.Statement("""
            select name, description, permissions from platform.roles where organization_id = $1 order by name collate "C"
            """, organizationId).ListAsync(r => new Role(r.GetString(0), false, r.GetString(1), r.GetFieldValue<string[]>(2)), cancellationToken);

    public static Task<Role?> FindAsync(NpgsqlConnection connection, Guid organizationId, string name, CancellationToken cancellationToken) =>
        connection.Statement("select name, description, permissions from platform.roles where organization_id = $1 and name = $2", organizationId, name)
            .FirstAsync(r => new Role(r.GetString(0), false, r.GetString(1), r.GetFieldValue<string[]>(2)), cancellationToken);

    /// <summary>Whether it is new.</summary>
    public static async Task<bool> PutAsync(NpgsqlConnection connection, Guid organizationId, string name, PutRole content, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            insert into platform.roles (id, organization_id, name, description, permissions) values ($1, $2, $3, $4, $5)
            on conflict (organization_id, name) do update set description = excluded.description, permissions = excluded.permissions
            returning xmax = 0
            """, Guid.CreateVersion7(), organizationId, name, content.Description, content.Permissions.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray())
            .ListAsync(r => r.GetBoolean(0), cancellationToken))[0];

    /// <summary>False if it is granted to anyone.</summary>
    public static async Task<bool> RemoveAsync(NpgsqlConnection connection, Guid organizationId, string name, CancellationToken cancellationToken) =>
        await connection.Statement("""
            delete from platform.roles r where organization_id = $1 and name = $2 and not exists (select from platform.grants g where g.custom_role_id = r.id)
            """, organizationId, name).RunAsync(cancellationToken) > 0;
}
