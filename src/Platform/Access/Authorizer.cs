using System.Collections.Frozen;
using Beffroi.Platform.Identity;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Access;

internal sealed class Authorizer : IAuthorizer
{
    // The first half of a two-part advisory lock, "bfac" in ASCII; the second is the directory's hash: an organization's, or the operator's.
    private const int RightsLock = 0x6266_6163;

    public async Task<AccessRights?> RightsAsync(NpgsqlConnection connection, CustomerPrincipal principal, bool changing, CancellationToken cancellationToken)
    {
        await HoldAsync(connection, principal.Organization, changing, cancellationToken);
        var rows = await connection.Statement("""
            select g.id is not null, g.role, g.space_id, g.resource_id, r.permissions
            from platform.principals p
            join platform.tokens t on t.principal_id = p.id
            left join platform.grants g on g.organization_id = p.organization_id
                and (g.principal_id = p.id or g.group_id in (select m.group_id from platform.group_members m where m.principal_id = p.id))
            left join platform.roles r on r.id = g.custom_role_id
            where p.id = $1 and p.organization_id = $2 and p.disabled_at is null and t.id = $3 and t.revoked_at is null and t.expires_at > now()
            """, principal.Id, principal.Organization, principal.CredentialId).ListAsync(r => r.GetBoolean(0) ? Grant(r, 1) : null, cancellationToken);
        return rows.Count == 0 ? null : new AccessRights([.. rows.OfType<HeldGrant>()]);
    }

    public async Task<IReadOnlySet<OperatorPermission>?> RightsAsync(
        NpgsqlConnection connection, OperatorPrincipal principal, bool changing, CancellationToken cancellationToken)
    {
        await HoldAsync(connection, Guid.Empty, changing, cancellationToken);
        var rows = await connection.Statement("""
            select r.role from platform.operators o
            join platform.operator_tokens t on t.operator_id = o.id
            left join platform.operator_roles r on r.operator_id = o.id
            where o.id = $1 and o.disabled_at is null and t.id = $2 and t.revoked_at is null and t.expires_at > now()
            """, principal.Id, principal.CredentialId).ListAsync(r => r.IsDBNull(0) ? "" : r.GetString(0), cancellationToken);
        return rows.Count == 0 ? null : rows.SelectMany(OperatorRoles.Permissions).ToFrozenSet();
    }

    /// <summary>A row's grant; from <paramref name="column"/> on: built-in role, space, resource, permissions of a custom role.</summary>
    internal static HeldGrant Grant(NpgsqlDataReader r, int column) => new(
        r.IsDBNull(column) ? r.GetFieldValue<string[]>(column + 3).ToFrozenSet(StringComparer.Ordinal) : Roles.Permissions(r.GetString(column)),
        new AccessScope(r.Nullable<Guid>(column + 1), r.Nullable<Guid>(column + 2)));

    // Its own statement, as a statement sees the store as it was when it began, before any waiting.
    internal static Task<int> HoldAsync(NpgsqlConnection connection, Guid directory, bool changing, CancellationToken cancellationToken) =>
        (changing
            ? connection.Statement("select pg_advisory_xact_lock($1, hashtext($2::text))", RightsLock, directory)
            : connection.Statement("select pg_advisory_xact_lock_shared($1, hashtext($2::text))", RightsLock, directory)).RunAsync(cancellationToken);
}
