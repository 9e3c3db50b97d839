using Beffroi.Infrastructure;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>The nodes are stopped in order: PostgreSQL writes what it has to and ends.</summary>
internal sealed class StopInstanceStep(IInfrastructure infrastructure) : IStep<PostgresContext>
{
    public string Name => "stop-instance";

    public string Title => "The node is stopped";

    public string Condition => "InstanceStopped";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        await Task.WhenAll(context.Nodes.Select(node => infrastructure.StopInstanceAsync(
            new InstanceRequest(context.Fence, node.InstanceId, context.Row.Space.Id), cancellationToken)));
        return StepResult.Holds;
    }
}
