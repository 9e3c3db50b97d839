using System.Net;
using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Beffroi.Platform.Tenancy;
using Npgsql;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>
/// Each node's id and address, and those of the endpoint, written down before anything is made with them, so that a pass that follows a crash uses
/// the same.
/// </summary>
internal sealed class IdentityStep(IAddresses addresses, IAgents agents, IResources resources) : IStep<PostgresContext>
{
    private static readonly TimeSpan FullSpaceRetry = TimeSpan.FromMinutes(1);

    public string Name => "identity";

    public string Title => "The node has an identity and an address";

    public string Condition => "AddressAllotted";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        if (context.Nodes.Count >= context.WantedNodes)
        {
            return StepResult.Holds;
        }

        await context.Lease.WriteAsync(async (connection, token) =>
        {
            if (context.WantedNodes > 1 && context.Notes.Shared is null)
            {
                Guid[] owners = [.. Enumerable.Range(0, 4).Select(_ => Guid.CreateVersion7())];
                context.Notes = await addresses.AllotBlockAsync(connection, context.Row.Space.Id, owners, token) is { } first
                    ? context.Notes with { Shared = new SharedNotes(first, owners) }
                    : context.Notes;
            }

            var nodes = new List<PostgresNode>(context.Nodes);
            while (nodes.Count < context.WantedNodes && await AllotAsync(connection, context, nodes.Count, token) is { } node)
            {
                nodes.Add(node);
            }

            context.Nodes = nodes;
            await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token);
        }, cancellationToken);
        return context.Nodes.Count < context.WantedNodes
            ? StepResult.Waiting(
                context.WantedNodes == 1
                    ? "The space has no free address: 253 are in use. Delete something in it or use another space."
                    : "The space has not enough free addresses: five are needed, four of them in a row. Delete something in it or use another space.",
                FullSpaceRetry)
            : StepResult.Changed;
    }

    /// <summary>The node's address in its space.</summary>
    internal static IPAddress Address(SpaceSubnet subnet, PostgresContext context, PostgresNode node) =>
        subnet.Instance(context.Row.Space.NetworkIndex, node.Notes.HostNumber);

    /// <summary>A further node, or null when the space is full. A resource keeps its first volume for as long as it lives.</summary>
    private async Task<PostgresNode?> AllotAsync(NpgsqlConnection connection, PostgresContext context, int index, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7();
        var number = index == 0
            ? await addresses.AllotAsync(connection, context.Row.Space.Id, id, cancellationToken)
            : context.Notes.Shared is { } shared ? shared.First + 1 + index : null;
        if (number is not { } allotted)
        {
            return null;
        }

        await agents.EnsureAsync(connection, id, context.Row.Id, context.Row.Space.Id, cancellationToken);
        return new PostgresNode(
            new NodeNotes(id, index == 0 ? context.Row.Id : Guid.CreateVersion7(), allotted, Joined: context.Nodes.Count > 0,
                KeyGeneration: context.Notes.KeyGeneration), agent: null);
    }
}
