using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Npgsql;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>The key of a node's volume: of each volume another, of each generation of the database's key another.</summary>
internal static class VolumeKey
{
    internal static async Task<Secret> DeriveAsync(
        IResourceKeys keys, NpgsqlDataSource store, PostgresContext context, NodeNotes node, int generation, CancellationToken cancellationToken)
    {
        var purpose = node.VolumeId == context.Row.Id ? PostgresKind.VolumeKey : $"{PostgresKind.VolumeKey}/{node.VolumeId:N}";
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return await keys.DeriveAsync(connection, context.Row.Space.OrganizationId, context.Row.Id, purpose, length: 64, cancellationToken, generation);
    }
}
