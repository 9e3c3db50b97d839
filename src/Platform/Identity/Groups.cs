using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity;

/// <summary>An organization's groups in the store. Each method works in the caller's transaction and decides nothing.</summary>
internal static class Groups
{
    /// <summary>The most members of one.</summary>
    public const int MostMembers = 500;

    private const string Columns = """
        select g.id, g.name, array(select p.name from platform.group_members m join platform.principals p on p.id = m.principal_id where m.group_id = g.id order by p.name collate "C"), g.created_at
        from platform.groups g
        """;

    public static async Task<IReadOnlyList<Group>> ListAsync(NpgsqlConnection connection, Guid organizationId, string? after, int limit, CancellationToken cancellationToken) =>
        await connection.Statement(
            Columns + """
             where g.organization_id = $1 and g.name collate "C" > $2 order by g.name collate "C" limit $3
            """, organizationId, after ?? "", limit).ListAsync(r => Read(r).Group, cancellationToken);

    public static async Task<(Guid Id, Group Group)?> FindAsync(NpgsqlConnection connection, Guid organizationId, string name, CancellationToken cancellationToken) =>
        await connection.Statement(Columns + " where g.organization_id = $1 and g.name = $2", organizationId, name).ListAsync(Read, cancellationToken) is [var one] ? one : null;

    /// <summary>Creates the group if it is missing and makes these its members. Names that are nobody's are a problem.</summary>
    public static async Task<Result<bool>> PutAsync(NpgsqlConnection connection, Guid organizationId, string name, IReadOnlyList<string> members, CancellationToken cancellationToken)
    {
        var isNew = await connection.Statement(
            "insert into platform.groups (id, organization_id, name) values ($1, $2, $3) on conflict (organization_id, name) do nothing", Guid.CreateVersion7(), organizationId, name)
            .RunAsync(cancellationToken) > 0;
        var names = members.Distinct(StringComparer.Ordinal).ToArray();
        var known = await connection.Statement("select name from platform.principals where organization_id = $1 and name = any($2)", organizationId, names)
            .ListAsync(r => r.GetString(0), cancellationToken);
        if (names.Except(known).FirstOrDefault() is { } unknown)
        {
            return Problem.Invalid(new FieldError("members", $"There is no user or service account {(ResourceName.IsValid(unknown) ? unknown : "of such a name")}.", "names of the organization's users and service accounts"));
        }

        var id = (await FindAsync(connection, organizationId, name, cancellationToken))!.Value.Id;
        await connection.Statement("""
            delete from platform.group_members where group_id = $1 and principal_id not in (select id from platform.principals where organization_id = $2 and name = any($3))
            """, id, organizationId, names).RunAsync(cancellationToken);
        await connection.Statement("""
            insert into platform.group_members (organization_id, group_id, principal_id)
            select $2, $1, id from platform.principals where organization_id = $2 and name = any($3) on conflict do nothing
            """, id, organizationId, names).RunAsync(cancellationToken);
        return isNew;
    }

    public static Task<int> RemoveAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.Statement("delete from platform.groups where id = $1", id).RunAsync(cancellationToken);

    /// <summary>Everything that being in the group allows.</summary>
    public static async Task<AccessRights> RightsAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) => new(
        await connection.Statement("""
            select g.role, g.space_id, g.resource_id, r.permissions from platform.grants g left join platform.roles r on r.id = g.custom_role_id where g.group_id = $1
            """, id).ListAsync(r => Authorizer.Grant(r, 0), cancellationToken));

    private static (Guid Id, Group Group) Read(NpgsqlDataReader r) =>
        (r.GetGuid(0), new Group(r.GetString(1), r.GetFieldValue<string[]>(2), r.GetFieldValue<DateTimeOffset>(3)));
}
