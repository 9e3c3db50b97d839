using Beffroi.Infrastructure;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>No node is left.</summary>
internal sealed class RemoveInstanceStep(IInfrastructure infrastructure) : IStep<PostgresContext>
{
    public string Name => "remove-instance";

    public string Title => "The node is removed";

    public string Condition => "InstanceRemoved";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        await Task.WhenAll(context.Nodes.Select(node => infrastructure.RemoveInstanceAsync(
            new InstanceRequest(context.Fence, node.InstanceId, context.Row.Space.Id), cancellationToken)));
        return StepResult.Holds;
    }
}
