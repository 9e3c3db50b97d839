using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Steps;
using Npgsql;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>Each node's encrypted volume of data directory and WAL, with its key loaded and of the size asked for.</summary>
internal sealed class VolumeStep(IInfrastructure infrastructure, IAgents agents, IResourceKeys keys, NpgsqlDataSource store) : IStep<PostgresContext>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    public string Name => "volume";

    public string Title => "The encrypted volume is there and open";

    public string Condition => "VolumeEncrypted";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        var volumes = await Task.WhenAll(context.Nodes.Select(node => EnsureAsync(context, node, cancellationToken)));
        return context.Nodes.FirstOrDefault(node => volumes.Any(v => v.VolumeId == node.Notes.VolumeId && v.MustBeLockedToGrow)) is { } small
            ? await GrowAtRestAsync(context, small, cancellationToken)
            : StepResult.Holds;
    }

    // A host that can't let a file system grow in use: the node rests for the moment that it takes, one node at a time and only while all
    // others serve. The instance step starts it again.
    private async Task<StepResult> GrowAtRestAsync(PostgresContext context, PostgresNode node, CancellationToken cancellationToken)
    {
        if (context.Nodes.Any(other => other != node && other.Agent?.Facts?.Postgres?.Ready != true))
        {
            return StepResult.Waiting("A volume is to grow; waiting until the other nodes serve.", LookAgain);
        }

        await NodeRest.BeginAsync(infrastructure, agents, context, node, cancellationToken);
        await infrastructure.LockVolumeAsync(new VolumeRequest(context.Fence, node.Notes.VolumeId), cancellationToken);
        await EnsureAsync(context, node, cancellationToken);
        return StepResult.Changed;
    }

    private async Task<VolumeState> EnsureAsync(PostgresContext context, PostgresNode node, CancellationToken cancellationToken)
    {
        using var key = await VolumeKey.DeriveAsync(keys, store, context, node.Notes, node.Notes.KeyGeneration, cancellationToken);
        return await infrastructure.EnsureVolumeAsync(new EnsureVolume(context.Fence, node.Notes.VolumeId, context.StorageBytes, key), cancellationToken);
    }
}
