using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity.Workloads;

/// <summary>Service accounts' workload identities in the store. Each method works in the caller's transaction and decides nothing.</summary>
internal static class WorkloadIdentities
{
    private const string Columns = "select w.name, w.issuer, w.audience, w.subject, w.claims::text, w.keys, w.authority from platform.workload_identities w\n";

    public static Task<List<WorkloadIdentity>> ListAsync(NpgsqlConnection connection, Guid account, CancellationToken cancellationToken) =>
        connection.Statement(Columns + "where w.principal_id = $1 order by w.name collate \"C\"", account).ListAsync(Read, cancellationToken);

    /// <summary>Those of an account by its organization's and its own name, as long as it is switched on.</summary>
    public static Task<List<WorkloadIdentity>> OfAsync(NpgsqlConnection connection, string organization, string name, CancellationToken cancellationToken) =>
        connection.Statement(Columns + """
            join platform.principals p on p.id = w.principal_id join platform.organizations o on o.id = p.organization_id
            where o.name = $1 and p.name = $2 and p.kind = 'service-account' and p.disabled_at is null order by w.name collate "C"
            """, organization, name).ListAsync(Read, cancellationToken);

    /// <summary>
    /// The account, if it is switched on and has exactly this identity; until the transaction ends, nobody changes either.
    /// </summary>
    public static Task<CustomerPrincipal?> HoldAsync(NpgsqlConnection connection, string organization, string name, WorkloadIdentity identity, CancellationToken cancellationToken) =>
        connection.Statement("""
            select p.id, p.name, p.organization_id
            from platform.principals p join platform.organizations o on o.id = p.organization_id join platform.workload_identities w on w.principal_id = p.id
            where o.name = $1 and p.name = $2 and p.kind = 'service-account' and p.disabled_at is null
              and w.name = $3 and w.issuer = $4 and w.audience = $5 and w.subject = $6 and w.claims = $7::text::jsonb and w.keys is not distinct from $8::text and w.authority is not distinct from $9::text
            for share of p, w
            """, organization, name, identity.Name, identity.Issuer, identity.Audience, identity.Subject, JsonSerializer.Serialize(identity.Claims), identity.Keys, identity.Authority)
            .FirstAsync(r => new CustomerPrincipal(r.GetGuid(0), r.GetString(1), Guid.Empty, r.GetGuid(2), IsServiceAccount: true), cancellationToken);

    /// <summary>Makes or replaces one. Tokens that the account got before end at once.</summary>
    public static async Task PutAsync(NpgsqlConnection connection, Guid account, WorkloadIdentity identity, CancellationToken cancellationToken)
    {
        await connection.Statement("""
            insert into platform.workload_identities (principal_id, name, issuer, audience, subject, claims, keys, authority) values ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8)
            on conflict (principal_id, name) do update set issuer = excluded.issuer, audience = excluded.audience, subject = excluded.subject, claims = excluded.claims,
                keys = excluded.keys, authority = excluded.authority
            """, account, identity.Name, identity.Issuer, identity.Audience, identity.Subject, JsonSerializer.Serialize(identity.Claims), identity.Keys, identity.Authority).RunAsync(cancellationToken);
        await ServiceAccountKeys.EndTokensAsync(connection, account, cancellationToken);
    }

    /// <summary>Removes one; null if there is none. Tokens that the account got before end at once.</summary>
    public static async Task<WorkloadIdentity?> RemoveAsync(NpgsqlConnection connection, Guid account, string name, CancellationToken cancellationToken)
    {
        var removed = await connection.Statement("""
            delete from platform.workload_identities where principal_id = $1 and name = $2 returning name, issuer, audience, subject, claims::text, keys, authority
            """, account, name).FirstAsync(Read, cancellationToken);
        await ServiceAccountKeys.EndTokensAsync(connection, account, cancellationToken);
        return removed;
    }

    /// <summary>Removes all.</summary>
    public static Task<int> ClearAsync(NpgsqlConnection connection, Guid account, CancellationToken cancellationToken) =>
        connection.Statement("delete from platform.workload_identities where principal_id = $1", account).RunAsync(cancellationToken);

    private static WorkloadIdentity Read(NpgsqlDataReader r) => new(
        r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), new SortedDictionary<string, string>(JsonSerializer.Deserialize<Dictionary<string, string>>(r.GetString(4))!, StringComparer.Ordinal),
        r.IsDBNull(5) ? null : r.GetString(5), r.IsDBNull(6) ? null : r.GetString(6));
}
