using System.Data;
using System.Text.Json;
using Beffroi.Kernel;
using Beffroi.Platform.Tenancy;
using Npgsql;
using NpgsqlTypes;

namespace Beffroi.Platform.Resources;

/// <summary>Resources in the store's tables. One statement a change, its event in the same statement.</summary>
internal sealed class ResourceStore : IResources
{
    internal const string Select =
        """
        select r.id, r.kind, s.id, s.name, o.id, o.name, s.zone, s.network_index, r.name, r.labels::text, r.generation, r.revision,
               r.spec::text, r.status::text, r.internal::text, r.operation_id, r.created_at, r.updated_at, r.deletion_requested_at, r.spare,
               r.delete_after, w.reason, w.message, w.since
        from platform.resources r
        join platform.spaces s on s.id = r.space_id
        join platform.organizations o on o.id = s.organization_id
        left join platform.space_conditions w on w.space_id = s.id and w.type = 'PolicyHolds' and not w.holds

        """;

    internal const string Emit =
        """
        , event as (
            insert into platform.events (space_id, type, resource_kind, resource_name, resource_id, operation_id)
            select space_id, 'resource', kind, name, id, operation_id from changed where shown and not spare returning space_id)
        select pg_notify('platform_events', space_id::text) from event
        """;

    public Task<ResourceRow?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        OneAsync(new NpgsqlCommand(Select + "where r.id = $1", connection) { Parameters = { new() { Value = id } } }, cancellationToken);

    public Task<ResourceRow?> FindByNameAsync(NpgsqlConnection connection, Guid spaceId, string kind, string name, CancellationToken cancellationToken) =>
        OneAsync(ByName(connection, Select + "where r.space_id = $1 and r.kind = $2 and r.name = $3", spaceId, kind, name), cancellationToken);

    public Task<ResourceRow?> LockByNameAsync(NpgsqlConnection connection, Guid spaceId, string kind, string name, CancellationToken cancellationToken) =>
        OneAsync(
            ByName(connection, Select + "where r.space_id = $1 and r.kind = $2 and r.name = $3 for no key update of r", spaceId, kind, name),
            cancellationToken);

    public async Task<IReadOnlyList<ResourceRow>> ListAsync(
        NpgsqlConnection connection, Guid spaceId, string kind, string? afterName, LabelSelector selector, int limit, CancellationToken cancellationToken, Guid[]? only = null)
    {
        // Names are compared byte by byte, so that the order is the same whatever the database's locale.
        await using var command = new NpgsqlCommand(
            Select + """where r.space_id = $1 and r.kind = $2 and not r.spare and r.name collate "C" > $3 and r.labels @> $4 and ($6::uuid[] is null or r.id = any($6)) order by r.name collate "C" limit $5""",
            connection)
        {
            Parameters =
            {
                new() { Value = spaceId }, new() { Value = kind }, new() { Value = afterName ?? "" }, Json(Labels(selector.Required)), new() { Value = limit },
                new() { Value = (object?)only ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<ResourceRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(Row(reader));
        }

        return rows;
    }

    public async Task<bool> InsertAsync(NpgsqlConnection connection, NewResource resource, Guid operationId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            with changed as (
                insert into platform.resources (id, kind, space_id, name, labels, spec, status, operation_id)
                values ($1, $2, $3, $4, $5, $6, $7, $8)
                on conflict (space_id, kind, name) do nothing
                returning *, true as shown)
            """ + Emit,
            connection)
        {
            Parameters =
            {
                new() { Value = resource.Id }, new() { Value = resource.Kind }, new() { Value = resource.SpaceId }, new() { Value = resource.Name },
                Json(Labels(resource.Labels)), Json(resource.Spec), Json(resource.Status), new() { Value = operationId },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken);
    }

    public Task UpdateSpecAsync(
        NpgsqlConnection connection, Guid id, string spec, IReadOnlyDictionary<string, string> labels, Guid? operationId, CancellationToken cancellationToken) =>
        ExecuteAsync(
            new NpgsqlCommand(
                """
                with changed as (
                    update platform.resources
                    set generation = generation + (spec <> $2)::int, revision = revision + 1, spec = $2, labels = $3,
                        operation_id = coalesce($4, operation_id), updated_at = now()
                    where id = $1
                    returning *, true as shown)
                """ + Emit,
                connection)
            {
                Parameters =
                {
                    new() { Value = id }, Json(spec), Json(Labels(labels)),
                    new() { Value = (object?)operationId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                },
            },
            cancellationToken);

    public Task RequestDeletionAsync(NpgsqlConnection connection, Guid id, Guid operationId, TimeSpan? grace, CancellationToken cancellationToken) =>
        ExecuteAsync(
            new NpgsqlCommand(
                """
                with changed as (
                    update platform.resources
                    set revision = revision + 1, operation_id = $2, deletion_requested_at = now(), delete_after = now() + $3::interval
                    where id = $1 and deletion_requested_at is null
                    returning *, true as shown)
                """ + Emit,
                connection)
            {
                Parameters = { new() { Value = id }, new() { Value = operationId }, new() { Value = (object?)grace ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Interval } },
            },
            cancellationToken);

    public async Task<bool> UndoDeletionAsync(NpgsqlConnection connection, Guid id, Guid operationId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            with changed as (
                update platform.resources
                set revision = revision + 1, operation_id = $2, deletion_requested_at = null, delete_after = null
                where id = $1 and deletion_requested_at is not null and delete_after > now()
                returning *, true as shown)
            """ + Emit,
            connection)
        {
            Parameters = { new() { Value = id }, new() { Value = operationId } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken);
    }

    public async Task<bool> ExpireGraceAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "update platform.resources set delete_after = null where id = $1 and deletion_requested_at is not null and delete_after <= now()", connection)
        { Parameters = { new() { Value = id } } };
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    public Task EndGraceAsync(NpgsqlConnection connection, Guid id, Guid operationId, CancellationToken cancellationToken) =>
        ExecuteAsync(
            new NpgsqlCommand(
                """
                with changed as (
                    update platform.resources set revision = revision + 1, operation_id = $2, delete_after = null
                    where id = $1 and deletion_requested_at is not null and delete_after is not null
                    returning *, true as shown)
                """ + Emit,
                connection)
            {
                Parameters = { new() { Value = id }, new() { Value = operationId } },
            },
            cancellationToken);

    public Task UpdateObservedAsync(NpgsqlConnection connection, Guid id, string status, string internalState, CancellationToken cancellationToken) =>
        ExecuteAsync(
            new NpgsqlCommand(
                """
                with before as (select id, status from platform.resources where id = $1 for no key update),
                changed as (
                    update platform.resources r
                    set status = $2, internal = $3, revision = r.revision + (before.status <> $2)::int
                    from before
                    where r.id = before.id and (r.status <> $2 or r.internal <> $3)
                    returning r.*, before.status <> $2 as shown)
                """ + Emit,
                connection)
            {
                Parameters = { new() { Value = id }, Json(status), Json(internalState) },
            },
            cancellationToken);

    public Task RemoveAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        ExecuteAsync(
            new NpgsqlCommand(
                """
                with gone as (delete from platform.resources where id = $1 returning *),
                event as (
                    insert into platform.events (space_id, type, resource_kind, resource_name, resource_id, operation_id)
                    select space_id, 'deleted', kind, name, id, operation_id from gone where not spare returning space_id)
                select pg_notify('platform_events', space_id::text) from event
                """,
                connection)
            {
                Parameters = { new() { Value = id } },
            },
            cancellationToken);

    private static NpgsqlCommand ByName(NpgsqlConnection connection, string sql, Guid spaceId, string kind, string name) =>
        new(sql, connection) { Parameters = { new() { Value = spaceId }, new() { Value = kind }, new() { Value = name } } };

    internal static NpgsqlParameter Json(string json) => new() { Value = json, NpgsqlDbType = NpgsqlDbType.Jsonb };

    internal static string Labels(IReadOnlyDictionary<string, string> labels) => JsonSerializer.Serialize(labels);

    internal static async Task ExecuteAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command)
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    internal static async Task<ResourceRow?> OneAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command)
        {
            await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SingleRow, cancellationToken);
            return await reader.ReadAsync(cancellationToken) ? Row(reader) : null;
        }
    }

    private static ResourceRow Row(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.GetString(1),
        new SpaceRecord(reader.GetGuid(2), reader.GetString(3), reader.GetGuid(4), reader.GetString(5), reader.GetString(6), reader.GetInt32(7)),
        reader.GetString(8),
        JsonSerializer.Deserialize<Dictionary<string, string>>(reader.GetString(9))!,
        reader.GetInt64(10),
        reader.GetInt64(11),
        reader.GetString(12),
        reader.GetString(13),
        reader.GetString(14),
        reader.IsDBNull(15) ? null : reader.GetGuid(15),
        reader.GetFieldValue<DateTimeOffset>(16),
        reader.GetFieldValue<DateTimeOffset>(17),
        reader.IsDBNull(18) ? null : reader.GetFieldValue<DateTimeOffset>(18),
        reader.GetBoolean(19),
        reader.IsDBNull(20) ? null : reader.GetFieldValue<DateTimeOffset>(20),
        reader.IsDBNull(21) ? null : new Condition(Policy.PolicyDecision.ConditionType, false, reader.GetString(21), reader.GetString(22), reader.GetFieldValue<DateTimeOffset>(23)));
}
