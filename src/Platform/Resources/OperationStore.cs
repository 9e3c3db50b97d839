using System.Text.Json;
using Beffroi.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Beffroi.Platform.Resources;

/// <summary>Operations in the store's table. One statement a change, its event in the same statement.</summary>
internal sealed class OperationStore : IOperations
{
    private const string Select =
        """
        select id, verb, resource_kind, resource_name, resource_id, state, message, steps::text, created_at, finished_at
        from platform.operations

        """;

    private const string Emit =
        """
        , event as (
            insert into platform.events (space_id, type, resource_kind, resource_name, resource_id, operation_id)
            select space_id, 'operation', resource_kind, resource_name, resource_id, id from changed returning space_id)
        select pg_notify('platform_events', space_id::text) from event
        """;

    public async Task<Operation?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        await QueryAsync(new NpgsqlCommand(Select + "where id = $1", connection) { Parameters = { new() { Value = id } } }, cancellationToken)
            is [var found] ? found : null;

    public async Task<Operation?> FindInSpaceAsync(NpgsqlConnection connection, Guid spaceId, Guid id, CancellationToken cancellationToken) =>
        await QueryAsync(
            new NpgsqlCommand(Select + "where id = $1 and space_id = $2", connection) { Parameters = { new() { Value = id }, new() { Value = spaceId } } },
            cancellationToken) is [var found] ? found : null;

    public async Task<bool> AnyoneWaitsAsync(NpgsqlConnection connection, TimeSpan within, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select exists (select from platform.operations where state = 'running' and verb in ('create', 'update') and created_at > now() - $1)", connection)
        { Parameters = { new() { Value = within } } };
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    public Task<IReadOnlyList<Operation>> ListAsync(NpgsqlConnection connection, Guid spaceId, Guid? before, int limit, CancellationToken cancellationToken) =>
        QueryAsync(
            new NpgsqlCommand(Select + "where space_id = $1 and ($2 is null or id < $2) order by id desc limit $3", connection)
            {
                Parameters =
                {
                    new() { Value = spaceId }, new() { Value = (object?)before ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid }, new() { Value = limit },
                },
            },
            cancellationToken);

    public async Task CreateAsync(NpgsqlConnection connection, NewOperation operation, CancellationToken cancellationToken)
    {
        await SupersedeAsync(connection, operation.ResourceId, "A later change took its place.", cancellationToken);
        await ExecuteAsync(
            new NpgsqlCommand(
                """
                with changed as (
                    insert into platform.operations (id, space_id, resource_id, resource_kind, resource_name, verb, generation, state, message)
                    values ($1, $2, $3, $4, $5, $6, $7, 'running', $8)
                    returning *)
                """ + Emit,
                connection)
            {
                Parameters =
                {
                    new() { Value = operation.Id }, new() { Value = operation.SpaceId }, new() { Value = operation.ResourceId },
                    new() { Value = operation.ResourceKind }, new() { Value = operation.ResourceName }, new() { Value = operation.Verb },
                    new() { Value = operation.Generation }, new() { Value = operation.Message },
                },
            },
            cancellationToken);
    }

    public Task UpdateAsync(
        NpgsqlConnection connection, Guid id, string state, string message, IReadOnlyList<OperationStep> steps, CancellationToken cancellationToken) =>
        ExecuteAsync(
            new NpgsqlCommand(
                """
                with changed as (
                    update platform.operations
                    set state = $2, message = $3, steps = $4, finished_at = case when $2 = 'running' then null else now() end
                    where id = $1 and state = 'running' and (state <> $2 or message <> $3 or steps <> $4)
                    returning *)
                """ + Emit,
                connection)
            {
                Parameters =
                {
                    new() { Value = id }, new() { Value = state }, new() { Value = message },
                    new() { Value = JsonSerializer.Serialize(steps, WireJson.Default.IReadOnlyListOperationStep), NpgsqlDbType = NpgsqlDbType.Jsonb },
                },
            },
            cancellationToken);

    public Task SupersedeAsync(NpgsqlConnection connection, Guid resourceId, string message, CancellationToken cancellationToken) =>
        ExecuteAsync(
            new NpgsqlCommand(
                """
                with changed as (
                    update platform.operations set state = 'superseded', message = $2, finished_at = now()
                    where resource_id = $1 and state = 'running'
                    returning *)
                """ + Emit,
                connection)
            {
                Parameters = { new() { Value = resourceId }, new() { Value = message } },
            },
            cancellationToken);

    private static async Task ExecuteAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command)
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static async Task<IReadOnlyList<Operation>> QueryAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command)
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var rows = new List<Operation>();
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add(new Operation(
                    reader.GetGuid(0),
                    reader.GetString(1),
                    reader.GetString(2),
                    reader.GetString(3),
                    reader.GetGuid(4),
                    reader.GetString(5),
                    reader.GetString(6),
                    JsonSerializer.Deserialize(reader.GetString(7), WireJson.Default.IReadOnlyListOperationStep)!,
                    reader.GetFieldValue<DateTimeOffset>(8),
                    reader.IsDBNull(9) ? null : reader.GetFieldValue<DateTimeOffset>(9)));
            }

            return rows;
        }
    }
}
