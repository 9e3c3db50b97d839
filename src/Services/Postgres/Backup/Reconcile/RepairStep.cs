using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Steps;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>
/// A repair that was asked for: the instance is made anew from its image, whatever somebody may have done in it, and what was moved or rewritten on its
/// volume is put back. What is locked was never changed.
/// </summary>
internal sealed class RepairStep(IInfrastructure infrastructure, IAgents agents, IResourceKeys keys, NpgsqlDataSource store) : IStep<RepositoryContext>
{
    public string Name => "repair";

    public string Title => "The repository is as its locks say";

    public string Condition => "Intact";

    public async Task<StepResult> EnsureAsync(RepositoryContext context, CancellationToken cancellationToken)
    {
        if (context.Notes.Repairs >= context.Spec.Repairs)
        {
            return StepResult.Holds;
        }

        await infrastructure.RemoveInstanceAsync(new InstanceRequest(context.Fence, context.InstanceId, context.Row.Space.Id), cancellationToken);
        await infrastructure.RepairBackupsAsync(new VolumeRequest(context.Fence, context.Row.Id), cancellationToken);

        // The agent's certificate was on the volume, too: if it is gone, the new instance enrols with this.
        context.Notes = context.Notes with { Repairs = context.Spec.Repairs, TokenGeneration = context.Notes.TokenGeneration + 1, TokenForgotten = false };
        using var token = await RepositoryInstanceStep.TokenAsync(keys, store, context, cancellationToken);
        await context.Lease.WriteAsync((connection, ct) => agents.SetTokenAsync(connection, context.InstanceId, token, ct), cancellationToken);
        return StepResult.Changed;
    }
}
