using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>A node that rests for a moment, so that something can be done with its volume; the instance step starts it again.</summary>
internal static class NodeRest
{
    /// <summary>Stops the node. What it reported while it ran must not be taken for what it does when it runs again.</summary>
    internal static async Task BeginAsync(
        IInfrastructure infrastructure, IAgents agents, PostgresContext context, PostgresNode node, CancellationToken cancellationToken)
    {
        await infrastructure.StopInstanceAsync(new InstanceRequest(context.Fence, node.InstanceId, context.Row.Space.Id), cancellationToken);
        if (node.Agent is { Facts: not null } agent)
        {
            await context.Lease.WriteAsync((connection, token) => agents.ForgetFactsAsync(connection, node.InstanceId, token), cancellationToken);
            node.Agent = agent with { Facts = null };
        }
    }
}
