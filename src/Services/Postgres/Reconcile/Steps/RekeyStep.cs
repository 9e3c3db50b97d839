using System.Globalization;
using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Npgsql;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>A node whose volume is to go under another key rests while the host makes a copy of it under that key, and the copy takes its place.</summary>
internal sealed class RekeyStep(IInfrastructure infrastructure, IAgents agents, IResources resources, IResourceKeys keys, NpgsqlDataSource store) : IStep<PostgresContext>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    public string Name => "rekey";

    public string Title => "The volume is encrypted under its new key";

    public string Condition => "VolumeRekeyed";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        foreach (var node in context.Nodes)
        {
            if (node.Notes.RekeyTo is not { } generation)
            {
                continue;
            }

            await NodeRest.BeginAsync(infrastructure, agents, context, node, cancellationToken);
            using var before = await VolumeKey.DeriveAsync(keys, store, context, node.Notes, node.Notes.KeyGeneration, cancellationToken);
            using var after = await VolumeKey.DeriveAsync(keys, store, context, node.Notes, generation, cancellationToken);
            var state = await infrastructure.RekeyVolumeAsync(
                new RekeyVolume(context.Fence, node.Notes.VolumeId, context.StorageBytes, before, after), cancellationToken);
            if (!state.Done)
            {
                return StepResult.Waiting(
                    string.Create(CultureInfo.InvariantCulture, $"A volume is copied under its new key: {state.CopiedBytes >> 20} of {state.TotalBytes >> 20} MiB."), LookAgain);
            }

            await context.Lease.WriteAsync(async (connection, token) =>
            {
                node.Notes = node.Notes with { KeyGeneration = generation, RekeyTo = null };
                await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token);
            }, cancellationToken);
            return StepResult.Changed;
        }

        return StepResult.Holds;
    }
}
