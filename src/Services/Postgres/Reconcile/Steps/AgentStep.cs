using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Npgsql;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>
/// The node's agent has proved itself and calls. One whose certificate ran out while it was away gets a fresh token.
/// </summary>
internal sealed class AgentStep(
    IInfrastructure infrastructure, IAgents agents, IResourceKeys keys, IResources resources, NpgsqlDataSource store, TimeProvider time)
    : IStep<PostgresContext>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    public string Name => "agent";

    public string Title => "The node's agent is enrolled";

    public string Condition => "AgentConnected";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        var agent = context.Agent;
        context.Status = context.Status with { AgentLastSeenAt = agent?.LastSeenAt };
        if (agent?.CertificateNotAfter is { } end && end < time.GetUtcNow())
        {
            await ReissueAsync(context, cancellationToken);
            return StepResult.Waiting("The agent's certificate ran out while it was away; it has a new token to enrol with.", LookAgain);
        }

        if (agent?.LastSeenAt is not { } seen)
        {
            return StepResult.Waiting("Waiting for the node's agent to call for the first time.", LookAgain);
        }

        return time.GetUtcNow() - seen < AgentRecord.SilenceLimit
            ? StepResult.Holds
            : StepResult.Waiting("The node's agent has not called for a while; the database may well be serving. Waiting for it.", LookAgain);
    }

    private async Task ReissueAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        var generation = context.Notes.TokenGeneration + 1;
        using var token = await EnrolmentToken.DeriveAsync(keys, store, context, generation, cancellationToken);
        await infrastructure.SetTokenAsync(
            new SetToken(context.Fence, context.InstanceId, context.Row.Space.Id, token), cancellationToken);
        await context.Lease.WriteAsync(async (connection, ct) =>
        {
            await agents.SetTokenAsync(connection, context.InstanceId, token, ct);
            context.Notes = context.Notes with { TokenGeneration = generation, TokenForgotten = false };
            await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), ct);
        }, cancellationToken);
    }
}
