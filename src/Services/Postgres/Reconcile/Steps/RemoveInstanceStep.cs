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
        if (context.Notes.InstanceId is { } node)
        {
            await infrastructure.RemoveInstanceAsync(new InstanceRequest(context.Fence, node, context.Row.Space.Id), cancellationToken);
        }

        return StepResult.Holds;
    }
}
