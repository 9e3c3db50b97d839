using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>
/// A node that is to run from the newest image is stopped and removed, and the instance step makes it from that image. What it is and holds, its agent's identity
/// included, is on its volume, which stays.
/// </summary>
internal sealed class RenewStep(IInfrastructure infrastructure, IAgents agents, IResources resources) : IStep<PostgresContext>
{
    public string Name => "renew";

    public string Title => "The node is made anew";

    public string Condition => "NodeRenewed";

    /// <summary>Whether there is a node to make anew.</summary>
    internal static bool IsDue(PostgresContext context) => context.Nodes.Any(node => node.Notes.Renew);

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        foreach (var node in context.Nodes.Where(node => node.Notes.Renew))
        {
            await NodeRest.BeginAsync(infrastructure, agents, context, node, cancellationToken);
            await infrastructure.RemoveInstanceAsync(new InstanceRequest(context.Fence, node.InstanceId, context.Row.Space.Id), cancellationToken);
            await context.Lease.WriteAsync(async (connection, token) =>
            {
                // The host is given its token again, used up as it is.
                node.Notes = node.Notes with { Renew = false, TokenForgotten = false };
                await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token);
            }, cancellationToken);
        }

        return StepResult.Changed;
    }
}
