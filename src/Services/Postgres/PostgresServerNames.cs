using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Resources;
using Beffroi.Services.Postgres.Reconcile;
using Npgsql;

namespace Beffroi.Services.Postgres;

/// <summary>What a database's server certificate says: its host name and its address in the space, whatever the agent asks for.</summary>
internal sealed class PostgresServerNames(NpgsqlDataSource store, IResources resources, SpaceSubnet subnet) : IServerNames
{
    public string Kind => PostgresKind.Name;

    public async Task<ServerIdentity?> FindAsync(Guid instanceId, Guid resourceId, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        if (await resources.FindAsync(connection, resourceId, cancellationToken) is not { } row
            || PostgresContext.NotesOf(row).Nodes?.FirstOrDefault(n => n.InstanceId == instanceId) is not { } node)
        {
            return null;
        }

        var address = subnet.Instance(row.Space.NetworkIndex, node.HostNumber);
        return new ServerIdentity(
            new CertificateNames(row.Name, [PostgresContext.HostNameOf(row)], [address]),
            AuthorityId.Servers(row.Space.Id, row.Space.OrganizationId));
    }
}
