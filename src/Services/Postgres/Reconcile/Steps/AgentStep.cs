using Beffroi.Contracts.Postgres;
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
    IInfrastructure infrastructure, IAgents agents, IResourceKeys keys, IResources resources, NpgsqlDataSource store, SpaceSubnet subnet, TimeProvider time)
    : IStep<PostgresContext>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    public string Name => "agent";

    public string Title => "The node's agent is enrolled";

    public string Condition => "AgentConnected";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        context.Status = context.Status with { AgentLastSeenAt = context.Nodes.Min(node => node.Agent?.LastSeenAt) };
        context.Status = context.Status with { Nodes = [.. context.Nodes.Select(node => Show(context, node))] };
        var result = StepResult.Holds;
        foreach (var node in context.Lasting)
        {
            if (await EnsureAsync(context, node, cancellationToken) is StepResult.WaitingCase waiting)
            {
                result = waiting;
            }
        }

        return result;
    }

    private PostgresNodeStatus Show(PostgresContext context, PostgresNode node)
    {
        var silent = node.Agent?.LastSeenAt is not { } seen || time.GetUtcNow() - seen >= AgentRecord.SilenceLimit;
        var facts = node.Facts;
        return new PostgresNodeStatus(
            node.Member, IdentityStep.Address(subnet, context, node).ToString(), facts?.Role is { Length: > 0 } role && !silent ? role : null,
            silent ? "silent" : facts is { Ready: true } ? "ready" : facts?.State ?? "unknown");
    }

    private async Task<StepResult> EnsureAsync(PostgresContext context, PostgresNode node, CancellationToken cancellationToken)
    {
        if (node.Agent?.CertificateNotAfter is { } end && end < time.GetUtcNow())
        {
            await ReissueAsync(context, node, cancellationToken);
            return StepResult.Waiting("The agent's certificate ran out while it was away; it has a new token to enrol with.", LookAgain);
        }

        if (node.Agent?.LastSeenAt is not { } seen)
        {
            return StepResult.Waiting("Waiting for the node's agent to call for the first time.", LookAgain);
        }

        return time.GetUtcNow() - seen < AgentRecord.SilenceLimit
            ? StepResult.Holds
            : StepResult.Waiting("The node's agent has not called for a while; the database may well be serving. Waiting for it.", LookAgain);
    }

    private async Task ReissueAsync(PostgresContext context, PostgresNode node, CancellationToken cancellationToken)
    {
        var notes = node.Notes with { TokenGeneration = node.Notes.TokenGeneration + 1, TokenForgotten = false };
        using var token = await EnrolmentToken.DeriveAsync(keys, store, context, notes, cancellationToken);
        await infrastructure.SetTokenAsync(new SetToken(context.Fence, node.InstanceId, context.Row.Space.Id, token), cancellationToken);
        await context.Lease.WriteAsync(async (connection, ct) =>
        {
            await agents.SetTokenAsync(connection, node.InstanceId, token, ct);
            node.Notes = notes;
            await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), ct);
        }, cancellationToken);
    }
}
