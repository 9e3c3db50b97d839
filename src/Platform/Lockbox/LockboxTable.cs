using Beffroi.Contracts.Lockbox;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Lockbox;

/// <summary>Lockbox requests in the store. Each method works in the caller's transaction and decides nothing.</summary>
internal static class LockboxTable
{
    private const string Columns = """
        select r.id, o.name, r.operator, r.space, r.kind, r.name, r.access, r.reason, r.reference, r.details, r.minutes,
               case when r.state = 'waiting' and r.expires_at <= now() then 'expired' when r.state = 'open' and r.open_until <= now() then 'closed' else r.state end,
               r.requested_at, r.expires_at, r.open_until, r.ended_at, r.ended_by, r.organization_id, r.operator_id, r.resource_id, r.classification, r.credential_sha256, r.approvers
        from platform.lockbox_requests r join platform.organizations o on o.id = r.organization_id

        """;

    /// <summary>Of one organization, or of all for null; the newest, older than <paramref name="before"/>.</summary>
    public static Task<List<LockboxRow>> ListAsync(NpgsqlConnection connection, Guid? organizationId, Guid? before, int limit, CancellationToken cancellationToken) =>
        connection.Statement(
            Columns + "where ($1::uuid is null or r.organization_id = $1) and ($2::uuid is null or r.id < $2) order by r.id desc limit $3", organizationId, before, limit)
            .ListAsync(Read, cancellationToken);

    public static Task<LockboxRow?> FindAsync(NpgsqlConnection connection, Guid? organizationId, Guid id, CancellationToken cancellationToken) =>
        connection.Statement(Columns + "where ($1::uuid is null or r.organization_id = $1) and r.id = $2", organizationId, id).FirstAsync(Read, cancellationToken);

    /// <summary>The same, which nobody else changes until the transaction ends.</summary>
    public static Task<LockboxRow?> LockAsync(NpgsqlConnection connection, Guid? organizationId, Guid id, CancellationToken cancellationToken) =>
        connection.Statement(Columns + "where ($1::uuid is null or r.organization_id = $1) and r.id = $2 for update of r", organizationId, id).FirstAsync(Read, cancellationToken);

    /// <summary>Requests of an organization that wait.</summary>
    public static async Task<int> WaitingAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        (await connection.Statement("select count(*)::int from platform.lockbox_requests where organization_id = $1 and state = 'waiting' and expires_at > now()", organizationId)
            .ListAsync(r => r.GetInt32(0), cancellationToken))[0];

    /// <summary>The resource that is meant, with the classification of its space; null if there is none.</summary>
    public static Task<Tuple<Guid, string>?> FindResourceAsync(
        NpgsqlConnection connection, Guid organizationId, string space, string kind, string name, CancellationToken cancellationToken) =>
        connection.Statement("""
            select r.id, s.classification from platform.resources r join platform.spaces s on s.id = r.space_id
            where s.organization_id = $1 and s.name = $2 and r.kind = $3 and r.name = $4 and not r.spare
            """, organizationId, space, kind, name).FirstAsync(r => Tuple.Create(r.GetGuid(0), r.GetString(1)), cancellationToken);

    /// <summary>Of the space that the resource is in, as it is now; null if the resource is gone.</summary>
    public static Task<string?> ClassificationAsync(NpgsqlConnection connection, Guid resource, CancellationToken cancellationToken) =>
        connection.Statement("select s.classification from platform.resources r join platform.spaces s on s.id = r.space_id where r.id = $1", resource)
            .FirstAsync(r => r.GetString(0), cancellationToken);

    public static Task<int> InsertAsync(
        NpgsqlConnection connection, Guid id, Guid organizationId, Guid operatorId, string operatorName, AskLockbox asked, Tuple<Guid, string>? resource, int approvers, TimeSpan waits,
        CancellationToken cancellationToken) =>
        connection.Statement("""
            insert into platform.lockbox_requests (id, organization_id, operator_id, operator, space, kind, name, resource_id, classification, access, reason, reference, details, minutes,
                credential_sha256, approvers, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, date_trunc('second', now()) + $17::interval)
            """, id, organizationId, operatorId, operatorName, asked.Space, asked.Kind, asked.Name, resource?.Item1, resource?.Item2, asked.Access, asked.Reason, asked.Reference,
            asked.Details, asked.Minutes, Convert.FromHexString(asked.CredentialSha256), approvers, waits).RunAsync(cancellationToken);

    public static Task<int> OpenAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.Statement("update platform.lockbox_requests set state = 'open', open_until = now() + make_interval(mins => minutes) where id = $1", id).RunAsync(cancellationToken);

    public static Task<int> EndAsync(NpgsqlConnection connection, Guid id, string state, string by, CancellationToken cancellationToken) =>
        connection.Statement("update platform.lockbox_requests set state = $2, ended_at = now(), ended_by = $3 where id = $1", id, state, by).RunAsync(cancellationToken);

    /// <summary>False if this person has approved it already.</summary>
    public static async Task<bool> ApproveAsync(NpgsqlConnection connection, Guid id, Guid principal, string name, string key, string signature, CancellationToken cancellationToken) =>
        await connection.Statement("""
            insert into platform.lockbox_approvals (request_id, principal_id, name, public_key, signature) values ($1, $2, $3, $4, $5) on conflict do nothing
            """, id, principal, name, key, signature).RunAsync(cancellationToken) > 0;

    public static Task<List<LockboxApproval>> ApprovalsAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.Statement("select name, signature, approved_at, public_key from platform.lockbox_approvals where request_id = $1 order by approved_at, name", id)
            .ListAsync(r => new LockboxApproval(r.GetString(0), r.GetString(1), r.GetFieldValue<DateTimeOffset>(2), LockboxKeys.KindOf(r.GetString(3))), cancellationToken);

    /// <summary>Each approver's signature with the key that it is true by.</summary>
    /// <param name="connection">The caller's.</param>
    /// <param name="id">The request.</param>
    /// <param name="valid">Only of those who may sign in and have that key now.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static Task<List<(string Key, string Signature)>> SignaturesAsync(NpgsqlConnection connection, Guid id, bool valid, CancellationToken cancellationToken) =>
        connection.Statement("""
            select a.public_key, a.signature from platform.lockbox_approvals a
            where a.request_id = $1 and (not $2 or exists (
                select from platform.principals p join platform.lockbox_keys k on k.principal_id = p.id where p.id = a.principal_id and p.disabled_at is null and k.public_key = a.public_key))
            """, id, valid).ListAsync(r => (r.GetString(0), r.GetString(1)), cancellationToken);

    /// <summary>Those of the last 400 days by which something was shown.</summary>
    public static Task<List<LockboxRow>> ListShownAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        connection.Statement(
            Columns + "where r.organization_id = $1 and r.requested_at > now() - interval '400 days' and exists (select from platform.lockbox_accesses a where a.request_id = r.id)", organizationId)
            .ListAsync(Read, cancellationToken);

    public static Task<int> NoteAccessAsync(
        NpgsqlConnection connection, Guid id, Guid request, string? origin, string mediaType, byte[] sha256, string content, CancellationToken cancellationToken) =>
        connection.Statement("""
            insert into platform.lockbox_accesses (id, request_id, origin, media_type, sha256, content) values ($1, $2, $3, $4, $5, $6)
            """, id, request, origin, mediaType, sha256, content).RunAsync(cancellationToken);

    public static async Task<int> CountAccessesAsync(NpgsqlConnection connection, Guid request, CancellationToken cancellationToken) =>
        (await connection.Statement("select count(*)::int from platform.lockbox_accesses where request_id = $1", request).ListAsync(r => r.GetInt32(0), cancellationToken))[0];

    /// <summary>Without their contents, the newest first, older than <paramref name="before"/>.</summary>
    public static Task<List<LockboxAccess>> AccessesAsync(NpgsqlConnection connection, Guid request, Guid? before, int limit, CancellationToken cancellationToken) =>
        connection.Statement("""
            select id, at, origin, media_type, octet_length(content), encode(sha256, 'hex'), null::text from platform.lockbox_accesses
            where request_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3
            """, request, before, limit).ListAsync(ReadAccess, cancellationToken);

    public static Task<LockboxAccess?> FindAccessAsync(NpgsqlConnection connection, Guid request, Guid id, CancellationToken cancellationToken) =>
        connection.Statement("""
            select id, at, origin, media_type, octet_length(content), encode(sha256, 'hex'), content from platform.lockbox_accesses where request_id = $1 and id = $2
            """, request, id).FirstAsync(ReadAccess, cancellationToken);

    private static LockboxAccess ReadAccess(NpgsqlDataReader r) => new(
        r.GetGuid(0), r.GetFieldValue<DateTimeOffset>(1), Text(r, 2), r.GetString(3), r.GetInt32(4), r.GetString(5), Text(r, 6));

    private static LockboxRow Read(NpgsqlDataReader r) => new(
        new LockboxRequest(
            r.GetGuid(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5), r.GetString(6), r.GetString(7), Text(r, 8), r.GetString(9), r.GetInt32(10),
            r.GetString(11), r.GetFieldValue<DateTimeOffset>(12), r.GetFieldValue<DateTimeOffset>(13), r.Nullable<DateTimeOffset>(14), r.Nullable<DateTimeOffset>(15), Text(r, 16)),
        r.GetGuid(17), r.GetGuid(18), r.Nullable<Guid>(19), Text(r, 20), r.GetFieldValue<byte[]>(21), r.GetInt32(22));

    private static string? Text(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetString(column);
}
