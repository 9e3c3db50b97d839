using Dapper;
using Npgsql;

namespace Beffroi.Platform.Tenancy;

/// <inheritdoc cref="IAddresses"/>
internal sealed class Addresses : IAddresses
{
    // The space's row is locked, so that two instances never see the same number free.
    private const string Lock = "select 1 from platform.spaces where id = @spaceId for no key update";

    private const string Allot = """
        insert into platform.addresses (space_id, host_number, instance_id)
        select @spaceId, number, @instanceId
        from generate_series(2, 254) as number
        where not exists (select 1 from platform.addresses where instance_id = @instanceId)
          and not exists (select 1 from platform.addresses where space_id = @spaceId and host_number = number)
        order by number limit 1
        """;

    private const string AllotBlock = """
        insert into platform.addresses (space_id, host_number, instance_id)
        select @spaceId, first.number + owner.position - 1, owner.id
        from (
            select number from generate_series(4, 248, 4) as number
            where not exists (select 1 from platform.addresses where space_id = @spaceId and host_number between number and number + 3)
            order by number limit 1
        ) as first, unnest(@owners) with ordinality as owner (id, position)
        where not exists (select 1 from platform.addresses where instance_id = any (@owners))
        """;

    private const string Find = "select host_number from platform.addresses where instance_id = @instanceId";

    public async Task<int?> AllotAsync(NpgsqlConnection connection, Guid spaceId, Guid instanceId, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(new CommandDefinition(Lock, new { spaceId }, cancellationToken: cancellationToken));
        await connection.ExecuteAsync(new CommandDefinition(Allot, new { spaceId, instanceId }, cancellationToken: cancellationToken));
        return await connection.ExecuteScalarAsync<int?>(new CommandDefinition(Find, new { instanceId }, cancellationToken: cancellationToken));
    }

    public async Task<int?> AllotBlockAsync(NpgsqlConnection connection, Guid spaceId, IReadOnlyList<Guid> owners, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(owners.Count, 4);
        var block = new { spaceId, owners = owners.ToArray() };
        await connection.ExecuteAsync(new CommandDefinition(Lock, new { spaceId }, cancellationToken: cancellationToken));
        await connection.ExecuteAsync(new CommandDefinition(AllotBlock, block, cancellationToken: cancellationToken));
        return await connection.ExecuteScalarAsync<int?>(new CommandDefinition(Find, new { instanceId = owners[0] }, cancellationToken: cancellationToken));
    }

    public Task ReleaseAsync(NpgsqlConnection connection, Guid instanceId, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            "delete from platform.addresses where instance_id = @instanceId", new { instanceId }, cancellationToken: cancellationToken));
}
