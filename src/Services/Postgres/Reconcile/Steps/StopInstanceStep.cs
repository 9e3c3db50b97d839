using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>
/// The nodes are stopped: PostgreSQL writes what it has to and ends. Replicas first, so that none takes over from a primary that is going.
/// </summary>
internal sealed class StopInstanceStep(IInfrastructure infrastructure, IAgents agents) : IStep<PostgresContext>
{
    public string Name => "stop-instance";

    public string Title => "The node is stopped";

    public string Condition => "InstanceStopped";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        var last = context.Primary;
        await Task.WhenAll(context.Nodes.Where(node => node != last).Select(node => StopAsync(context, node, cancellationToken)));
        if (last is not null)
        {
            await StopAsync(context, last, cancellationToken);
        }

        // What they reported while they ran must not be taken for what they do when they run again.
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            foreach (var node in context.Nodes)
            {
                await agents.ForgetFactsAsync(connection, node.InstanceId, token);
                node.Agent = node.Agent is { } agent ? agent with { Facts = null } : null;
            }
        }, cancellationToken);
        context.Status = context.Status with { Nodes = context.Status.Nodes is { } nodes ? [.. nodes.Select(node => node with { Role = null, State = "stopped" })] : null };
        return StepResult.Holds;
    }

    private Task StopAsync(PostgresContext context, PostgresNode node, CancellationToken cancellationToken) =>
        infrastructure.StopInstanceAsync(new InstanceRequest(context.Fence, node.InstanceId, context.Row.Space.Id), cancellationToken);
}
