using Beffroi.Infrastructure;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>The volumes are closed and their keys are out of the kernel.</summary>
internal sealed class LockVolumeStep(IInfrastructure infrastructure) : IStep<PostgresContext>
{
    public string Name => "lock-volume";

    public string Title => "The volume is closed";

    public string Condition => "VolumeLocked";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        foreach (var volume in context.Nodes.Select(node => node.Notes.VolumeId))
        {
            await infrastructure.LockVolumeAsync(new VolumeRequest(context.Fence, volume), cancellationToken);
        }

        return StepResult.Holds;
    }
}
