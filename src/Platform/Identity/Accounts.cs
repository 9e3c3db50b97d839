using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Access;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity;

/// <summary>An organization's users and service accounts in the store. Each method works in the caller's transaction and decides nothing.</summary>
internal static class Accounts
{
    public const string User = "user";
    public const string ServiceAccount = "service-account";

    private const string Columns = """
        select p.id, p.name, case when p.disabled_at is not null then 'disabled' when p.accepted_at is null then 'invited' else 'active' end,
               array(select g.name from platform.group_members m join platform.groups g on g.id = m.group_id where m.principal_id = p.id order by g.name collate "C"), p.created_at
        from platform.principals p
        """;

    public static async Task<IReadOnlyList<Member>> ListAsync(
        NpgsqlConnection connection, Guid organizationId, string kind, string? after, int limit, CancellationToken cancellationToken) =>
        await connection.Statement(
            Columns + """
             where p.organization_id = $1 and p.kind = $2 and p.name collate "C" > $3 order by p.name collate "C" limit $4
            """, organizationId, kind, after ?? "", limit).ListAsync(Read, cancellationToken);

    public static Task<Member?> FindAsync(NpgsqlConnection connection, Guid organizationId, string kind, string name, CancellationToken cancellationToken) =>
        connection.Statement(Columns + " where p.organization_id = $1 and p.kind = $2 and p.name = $3", organizationId, kind, name).FirstAsync(Read, cancellationToken);

    /// <summary>False if the name is taken, by whichever kind of account.</summary>
    public static async Task<bool> InsertAsync(NpgsqlConnection connection, Guid organizationId, string kind, string name, CancellationToken cancellationToken) =>
        await connection.Statement("""
            insert into platform.principals (id, organization_id, name, kind, accepted_at) values ($1, $2, $3, $4, case when $4 = 'service-account' then now() end)
            on conflict (organization_id, name) do nothing
            """, Guid.CreateVersion7(), organizationId, name, kind).RunAsync(cancellationToken) > 0;

    public static Task<int> SwitchAsync(NpgsqlConnection connection, Guid id, bool disabled, CancellationToken cancellationToken) =>
        connection.Statement("update platform.principals set disabled_at = case when $2 then coalesce(disabled_at, now()) end where id = $1", id, disabled)
            .RunAsync(cancellationToken);

    public static Task<int> RemoveAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.Statement("delete from platform.principals where id = $1", id).RunAsync(cancellationToken);

    /// <summary>Everything that the account may do, by itself and through groups.</summary>
    public static async Task<AccessRights> RightsAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) => new(
        await connection.Statement("""
            select g.role, g.space_id, g.resource_id, r.permissions from platform.grants g left join platform.roles r on r.id = g.custom_role_id
            where g.principal_id = $1 or g.group_id in (select group_id from platform.group_members where principal_id = $1)
            """, id).ListAsync(r => Authorizer.Grant(r, 0), cancellationToken));

    /// <summary>A problem if, as things stand in this transaction, nobody who can sign in is the organization's owner any more.</summary>
    public static async Task<Problem?> MissingOwnerAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            select 1 from platform.principals p
            where p.organization_id = $1 and p.kind = 'user' and p.disabled_at is null and p.accepted_at is not null and exists (
                select from platform.grants g
                where g.organization_id = $1 and g.role = 'owner' and g.space_id is null
                  and (g.principal_id = p.id or g.group_id in (select m.group_id from platform.group_members m where m.principal_id = p.id)))
            limit 1
            """, organizationId).ListAsync(r => r.GetInt32(0), cancellationToken)).Count > 0
            ? null
            : Problem.Conflict(
                "last-owner", "The organization would have no owner", "This would leave nobody who is an active user and an owner of the organization. Make someone else an owner first.");

    /// <summary>What to say to someone who would give, or take, more than they have.</summary>
    public static Problem BeyondOwnRights { get; } = Problem.Forbidden(
        "This concerns rights that your own account doesn't have there. Nobody can give or take more than they have: ask someone who has them, an owner for instance.");

    private static Member Read(NpgsqlDataReader r) =>
        new(r.GetGuid(0), r.GetString(1), r.GetString(2), r.GetFieldValue<string[]>(3), r.GetFieldValue<DateTimeOffset>(4));
}
