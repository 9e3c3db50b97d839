using System.Net;
using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Resources;
using Beffroi.Services.Postgres.Backup;
using Beffroi.Services.Postgres.Reconcile;
using Npgsql;

namespace Beffroi.Services.Postgres;

/// <summary>What a database's server certificate says: its host name and its address in the space, whatever the agent asks for.</summary>
internal sealed class PostgresServerNames(NpgsqlDataSource store, IResources resources, SpaceSubnet subnet) : IServerNames
{
    public string Kind => PostgresKind.Name;

    public async Task<ServerIdentity?> FindAsync(Guid instanceId, Guid resourceId, CancellationToken cancellationToken)
    {
        if (await NodeAsync(instanceId, resourceId, cancellationToken) is not var (row, notes, node))
        {
            return null;
        }

        var (names, addresses) = (new List<string> { PostgresContext.HostNameOf(row) }, new List<IPAddress> { AddressOf(row, node.HostNumber) });
        if (notes.Shared is { } shared)
        {
            names.Add(PostgresContext.ReaderNameOf(row));
            addresses.AddRange([AddressOf(row, shared.First), AddressOf(row, shared.First + 1)]);
        }

        return new ServerIdentity(new CertificateNames(row.Name, names, addresses), AuthorityId.Servers(row.Space.Id, row.Space.OrganizationId));
    }

    public async Task<ServerIdentity?> FindPeerAsync(Guid instanceId, Guid resourceId, CancellationToken cancellationToken)
    {
        if (await NodeAsync(instanceId, resourceId, cancellationToken) is not var (row, notes, node) || notes.Shared is null)
        {
            return null;
        }

        // PostgreSQL, etcd and Patroni know each other by the instance's id and by the address.
        return new ServerIdentity(
            new CertificateNames(instanceId.ToString("D"), [PostgresNode.MemberOf(instanceId)], [AddressOf(row, node.HostNumber)]),
            AuthorityId.Peers(row.Id, row.Space.OrganizationId));
    }

    public async Task<ServerIdentity?> FindSpacePeerAsync(Guid instanceId, Guid resourceId, CancellationToken cancellationToken) =>
        await NodeAsync(instanceId, resourceId, cancellationToken) is var (row, _, node)
            ? BackupPeer.Of(row, instanceId, AddressOf(row, node.HostNumber))
            : null;

    private async Task<(ResourceRow Row, PostgresInternal Notes, NodeNotes Node)?> NodeAsync(Guid instanceId, Guid resourceId, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return await resources.FindAsync(connection, resourceId, cancellationToken) is { } row
            && PostgresContext.NotesOf(row) is var notes
            && notes.Nodes?.FirstOrDefault(n => n.InstanceId == instanceId) is { } node
            ? (row, notes, node)
            : null;
    }

    private IPAddress AddressOf(ResourceRow row, int number) => subnet.Instance(row.Space.NetworkIndex, number);
}
