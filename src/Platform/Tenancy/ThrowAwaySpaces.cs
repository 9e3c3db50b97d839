using Beffroi.Contracts;
using Beffroi.Infrastructure;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Tenancy;

internal sealed class ThrowAwaySpaces(ISpaces spaces) : IThrowAwaySpaces
{
    // Reserved: with its first character no customer's can have this name (ResourceName), nor be asked for by the API.
    private const string Name = "~isolation";
    private static readonly Guid Id = new("00000000-0000-7000-8000-697361746f72");

    public async Task<SpaceRecord?> EnsureAsync(NpgsqlConnection connection, Guid ownerId, string zone, CancellationToken cancellationToken)
    {
        if (await FindAsync(connection, ownerId, cancellationToken) is { } found)
        {
            return found;
        }

        await connection.Statement("insert into platform.organizations (id, name) values ($1, $2) on conflict (id) do nothing", Id, Name).RunAsync(cancellationToken);
        var made = await spaces.CreateAsync(connection, new Organization(Id, Name, default), "t" + ownerId.ToString("N")[^12..], new PutSpace("open", zone), "system:isolation", cancellationToken);
        if (!made.Ok)
        {
            return made.Problem.Status == 503 ? null : throw new InfrastructureException(made.Problem.Detail);
        }

        await connection.Statement("insert into platform.throw_away_spaces (space_id, owner_id) values ($1, $2)", made.Value.Value.Id, ownerId).RunAsync(cancellationToken);
        return made.Value.Value;
    }

    public async Task<SpaceRecord?> FindAsync(NpgsqlConnection connection, Guid ownerId, CancellationToken cancellationToken)
    {
        var ids = await connection.Statement("select space_id from platform.throw_away_spaces where owner_id = $1", ownerId).ListAsync(r => r.GetGuid(0), cancellationToken);
        return ids.Count == 0 ? null : await spaces.FindAsync(connection, ids[0], cancellationToken);
    }

    public Task RemoveAsync(NpgsqlConnection connection, Guid ownerId, CancellationToken cancellationToken) =>
        connection.Statement("delete from platform.spaces where id = (select space_id from platform.throw_away_spaces where owner_id = $1)", ownerId).RunAsync(cancellationToken);
}
