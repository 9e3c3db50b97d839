using Beffroi.Infrastructure;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>No volume is left.</summary>
internal sealed class RemoveVolumeStep(IInfrastructure infrastructure) : IStep<PostgresContext>
{
    public string Name => "remove-volume";

    public string Title => "The volume is removed";

    public string Condition => "VolumeRemoved";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        foreach (var volume in context.Nodes.Select(node => node.Notes.VolumeId))
        {
            await infrastructure.RemoveVolumeAsync(new VolumeRequest(context.Fence, volume), cancellationToken);
        }

        return StepResult.Holds;
    }
}
