using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Steps;
using Npgsql;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>Each node's encrypted volume of data directory and WAL, with its key loaded.</summary>
internal sealed class VolumeStep(IInfrastructure infrastructure, IResourceKeys keys, NpgsqlDataSource store) : IStep<PostgresContext>
{
    public string Name => "volume";

    public string Title => "The encrypted volume is there and open";

    public string Condition => "VolumeEncrypted";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        await Task.WhenAll(context.Nodes.Select(node => EnsureAsync(context, node.Notes.VolumeId, cancellationToken)));
        return StepResult.Holds;
    }

    private async Task EnsureAsync(PostgresContext context, Guid volume, CancellationToken cancellationToken)
    {
        _ = ByteSize.TryParse(context.Spec.Storage, out var size);
        using var key = await DeriveAsync(context, volume, cancellationToken);
        await infrastructure.EnsureVolumeAsync(new EnsureVolume(context.Fence, volume, size.Bytes, key), cancellationToken);
    }

    private async Task<Secret> DeriveAsync(PostgresContext context, Guid volume, CancellationToken cancellationToken)
    {
        var purpose = volume == context.Row.Id ? PostgresKind.VolumeKey : $"{PostgresKind.VolumeKey}/{volume:N}";
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return await keys.DeriveAsync(connection, context.Row.Space.OrganizationId, context.Row.Id, purpose, length: 64, cancellationToken);
    }
}
