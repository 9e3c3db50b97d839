using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Resources;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup;

/// <summary>A repository's certificate says its instance and address; it serves nobody but the space's databases.</summary>
internal sealed class RepositoryServerNames(NpgsqlDataSource store, IResources resources, SpaceSubnet subnet) : IServerNames
{
    public string Kind => BackupKind.Repository;

    public Task<ServerIdentity?> FindAsync(Guid instanceId, Guid resourceId, CancellationToken cancellationToken) => Task.FromResult<ServerIdentity?>(null);

    public Task<ServerIdentity?> FindPeerAsync(Guid instanceId, Guid resourceId, CancellationToken cancellationToken) => Task.FromResult<ServerIdentity?>(null);

    public async Task<ServerIdentity?> FindSpacePeerAsync(Guid instanceId, Guid resourceId, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return await resources.FindAsync(connection, resourceId, cancellationToken) is { } row
            && SpaceRepository.NotesOf(row) is { HostNumber: { } number } notes && notes.InstanceId == instanceId
            ? BackupPeer.Of(row, instanceId, subnet.Instance(row.Space.NetworkIndex, number))
            : null;
    }
}
