using Npgsql;

namespace Beffroi.Platform.Resources;

/// <summary>Spares in the table of resources.</summary>
internal sealed class SpareStore : ISpares
{
    // No ResourceName (it begins with a digit), so no customer's; and still a label that may stand in a certificate.
    private const string Name = "0-spare";

    private const string Find = ResourceStore.Select + "where r.space_id = $1 and r.kind = $2 and r.spare";

    public Task<ResourceRow?> FindAsync(NpgsqlConnection connection, Guid spaceId, string kind, CancellationToken cancellationToken) =>
        ResourceStore.OneAsync(Of(connection, Find, spaceId, kind), cancellationToken);

    public Task<ResourceRow?> LockAsync(NpgsqlConnection connection, Guid spaceId, string kind, CancellationToken cancellationToken) =>
        ResourceStore.OneAsync(
            Of(connection, Find + " and r.deletion_requested_at is null for no key update of r skip locked", spaceId, kind), cancellationToken);

    public async Task<bool> PrepareAsync(NpgsqlConnection connection, NewSpare spare, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into platform.resources (id, kind, space_id, name, spec, status, generation, spare)
            values ($1, $2, $3, $4, $5, $6, 0, true)
            on conflict (space_id, kind, name) do nothing
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = spare.Id }, new() { Value = spare.Kind }, new() { Value = spare.SpaceId }, new() { Value = Name },
                ResourceStore.Json(spare.Spec), ResourceStore.Json(spare.Status),
            },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    public async Task<bool> AdoptAsync(NpgsqlConnection connection, NewResource resource, Guid operationId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            with changed as (
                update platform.resources
                set spare = false, name = $2, labels = $3, spec = $4, status = $5, operation_id = $6, generation = 1, revision = revision + 1,
                    created_at = now(), updated_at = now()
                where id = $1 and spare and deletion_requested_at is null
                returning *, true as shown)
            """ + ResourceStore.Emit,
            connection)
        {
            Parameters =
            {
                new() { Value = resource.Id }, new() { Value = resource.Name }, ResourceStore.Json(ResourceStore.Labels(resource.Labels)),
                ResourceStore.Json(resource.Spec), ResourceStore.Json(resource.Status), new() { Value = operationId },
            },
        };
        try
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            return await reader.ReadAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return false;
        }
    }

    public async Task<bool> GiveUpAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "update platform.resources set deletion_requested_at = now(), revision = revision + 1 where id = $1 and spare and deletion_requested_at is null",
            connection)
        {
            Parameters = { new() { Value = id } },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    private static NpgsqlCommand Of(NpgsqlConnection connection, string sql, Guid spaceId, string kind) =>
        new(sql, connection) { Parameters = { new() { Value = spaceId }, new() { Value = kind } } };
}
