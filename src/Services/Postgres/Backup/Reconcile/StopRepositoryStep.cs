using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>The repository is stopped; databases that still run keep their WAL until it is back.</summary>
internal sealed class StopRepositoryStep(IInfrastructure infrastructure, IAgents agents) : IStep<RepositoryContext>
{
    public string Name => "stop-instance";

    public string Title => "The repository is stopped";

    public string Condition => "InstanceStopped";

    public async Task<StepResult> EnsureAsync(RepositoryContext context, CancellationToken cancellationToken)
    {
        if (context.Notes.InstanceId is { } instance)
        {
            await infrastructure.StopInstanceAsync(new InstanceRequest(context.Fence, instance, context.Row.Space.Id), cancellationToken);

            // What it reported while it ran must not be taken for what it does when it runs again.
            await context.Lease.WriteAsync((connection, token) => agents.ForgetFactsAsync(connection, instance, token), cancellationToken);
        }

        return StepResult.Holds;
    }
}
