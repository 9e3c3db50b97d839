using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Access.Reviews;

/// <summary>An account with what it may do.</summary>
internal sealed record AccountSnapshot(Guid Id, string Name, ReviewedAccount Account);

/// <summary>Reads what accounts are and may do, in the caller's transaction.</summary>
internal static class AccountSnapshots
{
    /// <summary>Those of a kind, or of them only those of these ids, in order of name.</summary>
    public static async Task<IReadOnlyList<AccountSnapshot>> ReadAsync(
        NpgsqlConnection connection, Guid organizationId, string accountKind, Guid[]? ids, CancellationToken cancellationToken)
    {
        var grants = (await connection.Statement("""
            select h.holder, g.id, coalesce(g.role, r.name), r.permissions, gr.name, s.name, x.kind || '/' || x.name
            from (select g.id, g.principal_id as holder from platform.grants g where g.organization_id = $1 and g.principal_id is not null
                  union all
                  select g.id, m.principal_id from platform.grants g join platform.group_members m on m.group_id = g.group_id where g.organization_id = $1) h
            join platform.principals p on p.id = h.holder
            join platform.grants g on g.id = h.id
            left join platform.roles r on r.id = g.custom_role_id
            left join platform.groups gr on gr.id = g.group_id
            left join platform.spaces s on s.id = g.space_id
            left join platform.resources x on x.id = g.resource_id
            where p.kind = $2 and ($3::boolean or p.id = any($4))
            order by g.id
            """, organizationId, accountKind, ids is null, ids ?? []).ListAsync(
            r => (Holder: r.GetGuid(0), Grant: new ReviewedGrant(
                r.GetGuid(1), r.GetString(2), r.IsDBNull(3) ? null : r.GetFieldValue<string[]>(3), Text(r, 4), Text(r, 5), Text(r, 6))),
            cancellationToken)).ToLookup(row => row.Holder, row => row.Grant);
        var tokens = (await connection.Statement("""
            select p.id, t.name, t.created_at, t.expires_at, t.last_used_at from platform.principals p join platform.tokens t on t.principal_id = p.id
            where p.organization_id = $1 and p.kind = $2 and ($3::boolean or p.id = any($4)) and t.kind = 'personal' and t.revoked_at is null and t.expires_at > now()
            order by t.name collate "C"
            """, organizationId, accountKind, ids is null, ids ?? []).ListAsync(
            r => (Holder: r.GetGuid(0), Token: new ReviewedToken(
                r.GetString(1), r.GetFieldValue<DateTimeOffset>(2), r.GetFieldValue<DateTimeOffset>(3), r.Nullable<DateTimeOffset>(4))),
            cancellationToken)).ToLookup(row => row.Holder, row => row.Token);
        return await connection.Statement("""
            select p.id, p.name, case when p.disabled_at is not null then 'disabled' when p.accepted_at is null then 'invited' else 'active' end, p.created_at,
                   greatest((select max(t.last_used_at) from platform.tokens t where t.principal_id = p.id), (select max(s.last_used_at) from platform.sessions s where s.principal_id = p.id)),
                   array(select g.name from platform.group_members m join platform.groups g on g.id = m.group_id where m.principal_id = p.id order by g.name collate "C"),
                   p.public_keys::text, array(select 'identity ' || w.name || ': ' || w.subject || ' of ' || w.issuer from platform.workload_identities w where w.principal_id = p.id order by 1)
            from platform.principals p where p.organization_id = $1 and p.kind = $2 and ($3::boolean or p.id = any($4)) order by p.name collate "C"
            """, organizationId, accountKind, ids is null, ids ?? []).ListAsync(
            r => new AccountSnapshot(r.GetGuid(0), r.GetString(1), new ReviewedAccount(
                r.GetString(2), r.GetFieldValue<DateTimeOffset>(3), r.Nullable<DateTimeOffset>(4), r.GetFieldValue<string[]>(5), [.. grants[r.GetGuid(0)]], [.. tokens[r.GetGuid(0)]],
                [.. r.IsDBNull(6) ? [] : JsonSerializer.Deserialize<string[]>(r.GetString(6))!.Select(Hash), .. r.GetFieldValue<string[]>(7)])),
            cancellationToken);
    }

    private static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private static string? Text(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetString(column);
}
