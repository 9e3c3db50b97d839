using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>Nodes that there were more than wanted are gone, once the first one serves without them.</summary>
internal sealed class ShrinkStep(IInfrastructure infrastructure, IAgents agents, IResources resources) : IStep<PostgresContext>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    public string Name => "shrink";

    public string Title => "Nodes that are no longer wanted are removed";

    public string Condition => "NoNodeTooMany";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        var leaving = context.Nodes.Skip(context.WantedNodes).ToList();
        if (leaving.Count == 0)
        {
            return StepResult.Holds;
        }

        if (context.Primary != context.Nodes[0])
        {
            return StepResult.Waiting("The first node is taking over as primary.", LookAgain);
        }

        await Task.WhenAll(leaving.Select(node => infrastructure.RemoveInstanceAsync(
            new InstanceRequest(context.Fence, node.InstanceId, context.Row.Space.Id), cancellationToken)));
        foreach (var node in leaving)
        {
            await infrastructure.RemoveVolumeAsync(new VolumeRequest(context.Fence, node.Notes.VolumeId), cancellationToken);
        }

        await context.Lease.WriteAsync(async (connection, token) =>
        {
            foreach (var node in leaving)
            {
                await agents.RemoveAsync(connection, node.InstanceId, token);
            }

            context.Nodes = [.. context.Lasting];
            context.Notes = context.Notes with { Formed = false, Primary = null };
            context.Status = context.Status with { Nodes = [.. (context.Status.Nodes ?? []).Take(context.Nodes.Count)] };
            await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token);
        }, cancellationToken);
        return StepResult.Changed;
    }
}
