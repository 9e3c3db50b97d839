using System.Net;
using Beffroi.Contracts.Postgres;
using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Beffroi.Platform.Tenancy;
using Npgsql;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>
/// Each node's id and address, written down before anything is made with them, so that a pass that follows a crash uses the same.
/// </summary>
internal sealed class IdentityStep(IAddresses addresses, IAgents agents, IResources resources, SpaceSubnet subnet) : IStep<PostgresContext>
{
    private const int Wanted = 1;
    private static readonly TimeSpan FullSpaceRetry = TimeSpan.FromMinutes(1);

    public string Name => "identity";

    public string Title => "The node has an identity and an address";

    public string Condition => "AddressAllotted";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        if (context.Nodes.Count >= Wanted)
        {
            return StepResult.Holds;
        }

        var nodes = new List<PostgresNode>(context.Nodes);
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            while (nodes.Count < Wanted && await AllotAsync(connection, context, nodes.Count == 0, token) is { } node)
            {
                nodes.Add(node);
            }

            context.Nodes = nodes;
            await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token);
        }, cancellationToken);
        return nodes.Count < Wanted
            ? StepResult.Waiting("The space has no free address: 253 are in use. Delete something in it or use another space.", FullSpaceRetry)
            : StepResult.Changed;
    }

    /// <summary>The node's address in its space.</summary>
    internal static IPAddress Address(SpaceSubnet subnet, PostgresContext context, PostgresNode node) =>
        subnet.Instance(context.Row.Space.NetworkIndex, node.Notes.HostNumber);

    /// <summary>Where to connect, once <see cref="IdentityStep"/> holds.</summary>
    internal PostgresEndpoint Endpoint(PostgresContext context) => new(
        context.HostName, Address(subnet, context, context.Nodes[0]).ToString(), PostgresKind.Port, PostgresKind.Application, PostgresKind.Application);

    /// <summary>A further node, or null when the space is full. A resource keeps its first volume for as long as it lives.</summary>
    private async Task<PostgresNode?> AllotAsync(NpgsqlConnection connection, PostgresContext context, bool first, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7();
        if (await addresses.AllotAsync(connection, context.Row.Space.Id, id, cancellationToken) is not { } number)
        {
            return null;
        }

        await agents.EnsureAsync(connection, id, context.Row.Id, context.Row.Space.Id, cancellationToken);
        return new PostgresNode(new NodeNotes(id, first ? context.Row.Id : Guid.CreateVersion7(), number), agent: null);
    }
}
