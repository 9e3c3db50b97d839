using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>The repository's agent has proved itself, calls, and has applied what it shall.</summary>
internal sealed class RepositoryAgentStep(
    IInfrastructure infrastructure, IAgents agents, IResourceKeys keys, IResources resources, NpgsqlDataSource store, TimeProvider time)
    : IStep<RepositoryContext>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    public string Name => "agent";

    public string Title => "The repository's agent is enrolled and has its configuration";

    public string Condition => "AgentConnected";

    public async Task<StepResult> EnsureAsync(RepositoryContext context, CancellationToken cancellationToken)
    {
        var agent = context.Agent;
        if (agent?.CertificateNotAfter is { } end && end < time.GetUtcNow())
        {
            await ReissueAsync(context, cancellationToken);
            return StepResult.Waiting("The agent's certificate ran out while it was away; it has a new token to enrol with.", LookAgain);
        }

        if (agent?.LastSeenAt is not { } seen || time.GetUtcNow() - seen >= AgentRecord.SilenceLimit)
        {
            return StepResult.Waiting("Waiting for the repository's agent to call.", LookAgain);
        }

        if (agent.Facts is not { Repository: not null } facts || facts.AppliedVersion < context.Notes.Version)
        {
            return StepResult.Waiting(agent.Facts?.Pending is { Length: > 0 } pending ? pending : "The agent is applying the configuration.", LookAgain);
        }

        context.Status = context.Status with { VolumeSizeBytes = facts.VolumeSizeBytes, VolumeUsedBytes = facts.VolumeUsedBytes };
        if (!context.Notes.TokenForgotten)
        {
            using var none = Secret.FromBytes([]);
            await infrastructure.SetTokenAsync(new SetToken(context.Fence, context.InstanceId, context.Row.Space.Id, none), cancellationToken);
            context.Notes = context.Notes with { TokenForgotten = true };
        }

        return StepResult.Holds;
    }

    private async Task ReissueAsync(RepositoryContext context, CancellationToken cancellationToken)
    {
        context.Notes = context.Notes with { TokenGeneration = context.Notes.TokenGeneration + 1, TokenForgotten = false };
        using var token = await RepositoryInstanceStep.TokenAsync(keys, store, context, cancellationToken);
        await infrastructure.SetTokenAsync(new SetToken(context.Fence, context.InstanceId, context.Row.Space.Id, token), cancellationToken);
        await context.Lease.WriteAsync(async (connection, ct) =>
        {
            await agents.SetTokenAsync(connection, context.InstanceId, token, ct);
            await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), ct);
        }, cancellationToken);
    }
}
