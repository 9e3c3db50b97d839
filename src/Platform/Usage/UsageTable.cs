using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Usage;

/// <summary>What was taken, in the store. Each method works on the caller's connection.</summary>
internal static class UsageTable
{
    /// <summary>Whether an hour is over that isn't recorded.</summary>
    public static async Task<bool> IsDueAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.Statement("select 1 from platform.usage_progress where closed_until + interval '1 hour' <= clock_timestamp()").ListAsync(r => r.GetInt32(0), cancellationToken)).Count > 0;

    /// <summary>
    /// A moment such that every change before it is in the store: whoever has written one and not committed is waited for, and who writes one from now on is
    /// told a later time. Nothing is held when it returns.
    /// </summary>
    /// <exception cref="PostgresException">Such a transaction takes longer than two seconds.</exception>
    public static async Task<DateTimeOffset> SettledAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Creations that come meanwhile wait behind this.
        await connection.Statement("set local lock_timeout = '2s'").RunAsync(cancellationToken);
        await connection.Statement("lock table platform.usage_changes in share row exclusive mode").RunAsync(cancellationToken);
        var now = await connection.Statement("select clock_timestamp()").ListAsync(r => r.GetFieldValue<DateTimeOffset>(0), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return now[0];
    }

    /// <summary>Takes the progress until the transaction ends. The hour to record next; null if another transaction has it.</summary>
    public static async Task<DateTimeOffset?> TakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.Statement("select closed_until from platform.usage_progress for no key update skip locked")
            .ListAsync(r => r.GetFieldValue<DateTimeOffset>(0), cancellationToken) is [var hour] ? hour : null;

    /// <summary>Of every resource that took anything in the hour: its changes within it, after the one that held when it began. In order of resource and change.</summary>
    public static async Task<IReadOnlyList<AllocationChange>> ChangesAsync(NpgsqlConnection connection, DateTimeOffset hour, CancellationToken cancellationToken) =>
        await connection.Statement("""
            with held as (
                select distinct on (resource_id) * from platform.usage_changes where at <= $1 order by resource_id, id desc)
            select id, at, resource_id, organization_id, space_id, space, kind, name, state, ends_at, cpus, memory_bytes, storage_bytes, nodes
            from (select * from held where state <> 'deleted' and (ends_at is null or ends_at > $1)
                  union all
                  select * from platform.usage_changes where at > $1 and at < $1 + interval '1 hour') c
            order by resource_id, id
            """, hour).ListAsync(
            r => new AllocationChange(
                r.GetInt64(0), r.GetFieldValue<DateTimeOffset>(1), new MeteredResource(r.GetGuid(2), r.GetGuid(3), r.GetGuid(4), r.GetString(5), r.GetString(6), r.GetString(7)), r.GetString(8),
                r.Nullable<DateTimeOffset>(9), r.GetInt64(10), r.GetInt64(11), r.GetInt64(12), r.GetInt64(13)),
            cancellationToken);

    /// <summary>Records an hour, in the transaction that has taken the progress, and goes on to the next.</summary>
    public static async Task KeepAsync(NpgsqlConnection connection, DateTimeOffset hour, IReadOnlyList<HourUsage> usage, CancellationToken cancellationToken)
    {
        await connection.Statement(
            """
            insert into platform.usage_hours (
                resource_id, hour, organization_id, space_id, space, kind, name, running_seconds, stopped_seconds, node_seconds, cpu_seconds, memory_byte_seconds, storage_byte_seconds,
                backup_byte_seconds)
            select u.resource_id, $1, u.organization_id, u.space_id, u.space, u.kind, u.name, u.running, u.stopped, u.nodes, u.cpus, u.memory, u.storage, u.backup
            from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::int[], $9::int[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[])
                as u (resource_id, organization_id, space_id, space, kind, name, running, stopped, nodes, cpus, memory, storage, backup)
            """,
            hour, All(u => u.Resource.Id), All(u => u.Resource.OrganizationId), All(u => u.Resource.SpaceId), All(u => u.Resource.Space), All(u => u.Resource.Kind), All(u => u.Resource.Name),
            All(u => u.RunningSeconds), All(u => u.StoppedSeconds), All(u => u.NodeSeconds), All(u => u.CpuSeconds), All(u => u.MemoryByteSeconds), All(u => u.StorageByteSeconds),
            All(u => u.BackupByteSeconds)).RunAsync(cancellationToken);
        await connection.Statement("update platform.usage_progress set closed_until = $1::timestamptz + interval '1 hour'", hour).RunAsync(cancellationToken);

        T[] All<T>(Func<HourUsage, T> of) => [.. usage.Select(of)];
    }

    /// <summary>From when on, and up to where, hours are recorded.</summary>
    public static async Task<(DateTimeOffset From, DateTimeOffset Until)> ProgressAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.Statement("select recorded_from, closed_until from platform.usage_progress")
            .ListAsync(r => (r.GetFieldValue<DateTimeOffset>(0), r.GetFieldValue<DateTimeOffset>(1)), cancellationToken))[0];
}
