using Beffroi.Platform.Store;
using Beffroi.Reconciling;
using Npgsql;

namespace Beffroi.Platform.Keys;

/// <summary>What sealing writes and reads, in the caller's transaction.</summary>
internal static class SealedOrganizations
{
    /// <summary>
    /// From the commit on, nothing of the organization is opened any more; its services and the key's reconciler are woken to close what is open.
    /// </summary>
    /// <returns>The operation.</returns>
    public static async Task<Guid> SealAsync(NpgsqlConnection connection, Guid organizationId, string reason, string? by, ISignals signals, CancellationToken cancellationToken)
    {
        await SealTable.SetAsync(connection, organizationId, isSealed: true, reason, cancellationToken);
        var operation = await KeyOperations.BeginAsync(connection, organizationId, "seal", null, by, cancellationToken);
        await WakeAsync(connection, organizationId, signals, cancellationToken);
        return operation;
    }

    /// <summary>Wakes the key's reconciler and those of all its resources.</summary>
    public static async Task WakeAsync(NpgsqlConnection connection, Guid organizationId, ISignals signals, CancellationToken cancellationToken)
    {
        var resources = await connection.Statement(
            "select r.kind, r.id from platform.resources r join platform.spaces s on s.id = r.space_id where s.organization_id = $1", organizationId)
            .ListAsync(r => new WorkKey(r.GetString(0), r.GetGuid(1)), cancellationToken);
        foreach (var key in resources.Append(new WorkKey(KeyReconciling.Kind, organizationId)))
        {
            await signals.SignalAsync(connection, key, cancellationToken: cancellationToken);
        }
    }

    /// <summary>
    /// Names of the resources that have not told yet that they carried out the sealing of this epoch. One that notes that all it had is removed
    /// (a verification that is over) has nothing to close.
    /// </summary>
    public static Task<List<string>> NotSealedAsync(NpgsqlConnection connection, Guid organizationId, long epoch, CancellationToken cancellationToken) =>
        connection.Statement("""
            select case when r.spare then 'the spare of ' || s.name else s.name || '/' || r.name end
            from platform.resources r join platform.spaces s on s.id = r.space_id
            where s.organization_id = $1 and coalesce((r.internal ->> 'sealEpoch')::bigint, 0) < $2 and not coalesce((r.internal ->> 'removed')::boolean, false)
            order by 1
            """, organizationId, epoch).ListAsync(r => r.GetString(0), cancellationToken);

    /// <summary>Names of the resources that the end of a sealing has not brought back yet; nobody waits for a spare.</summary>
    public static Task<List<string>> NotStartedAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        connection.Statement("""
            select s.name || '/' || r.name from platform.resources r join platform.spaces s on s.id = r.space_id
            where s.organization_id = $1 and r.deletion_requested_at is null and not r.spare and r.status ->> 'state' in ('sealed', 'starting') order by 1
            """, organizationId).ListAsync(r => r.GetString(0), cancellationToken);

    /// <summary>
    /// Ids of the organization's spaces, and those that its volumes bear: a resource's own, or one that its reconciler noted for a node or a probe.
    /// </summary>
    public static async Task<(HashSet<Guid> Spaces, HashSet<Guid> Owners)> IdsAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var spaces = await connection.Statement("select id from platform.spaces where organization_id = $1", organizationId).ListAsync(r => r.GetGuid(0), cancellationToken);
        var owners = await connection.Statement("""
            select r.id from platform.resources r join platform.spaces s on s.id = r.space_id where s.organization_id = $1
            union select (n.id #>> '{}')::uuid from platform.resources r join platform.spaces s on s.id = r.space_id, lateral (
                select jsonb_path_query(r.internal, '$.nodes[*].volumeId') union all select jsonb_path_query(r.internal, '$.probes[*].instanceId')) n (id)
            where s.organization_id = $1
            """, organizationId).ListAsync(r => r.GetGuid(0), cancellationToken);
        return ([.. spaces], [.. owners]);
    }

    /// <summary>Notes what the provider said of the active generation; returns whether it has refused for longer than <paramref name="patience"/>.</summary>
    public static async Task<bool> NoteCheckAsync(
        NpgsqlConnection connection, Guid organizationId, string? problem, bool refused, TimeSpan patience, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            update platform.organization_keys
            set problem = $2::text, checked_at = now(), refused_since = case when $3 then coalesce(refused_since, now()) end
            where organization_id = $1 and state = 'active'
            returning $3 and now() - refused_since >= $4
            """, organizationId, problem, refused, patience).ListAsync(r => !r.IsDBNull(0) && r.GetBoolean(0), cancellationToken)).Contains(true);
}
