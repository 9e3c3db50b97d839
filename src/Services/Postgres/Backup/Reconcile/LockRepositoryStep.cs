using Beffroi.Infrastructure;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>The repository's volume is closed and its key is out of the kernel.</summary>
internal sealed class LockRepositoryStep(IInfrastructure infrastructure) : IStep<RepositoryContext>
{
    public string Name => "lock-volume";

    public string Title => "The repository's volume is closed";

    public string Condition => "VolumeLocked";

    public async Task<StepResult> EnsureAsync(RepositoryContext context, CancellationToken cancellationToken)
    {
        await infrastructure.LockVolumeAsync(new VolumeRequest(context.Fence, context.Row.Id), cancellationToken);
        return StepResult.Holds;
    }
}
