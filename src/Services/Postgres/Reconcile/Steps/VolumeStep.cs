using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Steps;
using Npgsql;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>The encrypted volume of data directory and WAL, with its key loaded.</summary>
internal sealed class VolumeStep(IInfrastructure infrastructure, IResourceKeys keys, NpgsqlDataSource store) : IStep<PostgresContext>
{
    public string Name => "volume";

    public string Title => "The encrypted volume is there and open";

    public string Condition => "VolumeEncrypted";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        _ = ByteSize.TryParse(context.Spec.Storage, out var size);
        using var key = await DeriveAsync(context, cancellationToken);

        // The volume has the resource's id: a resource has one volume for as long as it lives.
        await infrastructure.EnsureVolumeAsync(new EnsureVolume(context.Fence, context.Row.Id, size.Bytes, key), cancellationToken);
        return StepResult.Holds;
    }

    private async Task<Secret> DeriveAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        return await keys.DeriveAsync(
            connection, context.Row.Space.OrganizationId, context.Row.Id, PostgresKind.VolumeKey, length: 64, cancellationToken);
    }
}
