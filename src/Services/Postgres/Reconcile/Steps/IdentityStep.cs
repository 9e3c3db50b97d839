using System.Net;
using Beffroi.Contracts.Postgres;
using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Beffroi.Platform.Tenancy;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>
/// The node's id and address, written down before anything is made with them, so that a pass that follows a crash uses the same.
/// </summary>
internal sealed class IdentityStep(IAddresses addresses, IAgents agents, IResources resources, SpaceSubnet subnet) : IStep<PostgresContext>
{
    private static readonly TimeSpan FullSpaceRetry = TimeSpan.FromMinutes(1);

    public string Name => "identity";

    public string Title => "The node has an identity and an address";

    public string Condition => "AddressAllotted";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        if (context.Notes.HostNumber is not null)
        {
            return StepResult.Holds;
        }

        var notes = context.Notes with { InstanceId = context.Notes.InstanceId ?? Guid.CreateVersion7() };
        int? number = null;
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            number = await addresses.AllotAsync(connection, context.Row.Space.Id, notes.InstanceId!.Value, token);
            if (number is null)
            {
                return;
            }

            context.Notes = notes with { HostNumber = number };
            await agents.EnsureAsync(connection, context.InstanceId, context.Row.Id, context.Row.Space.Id, token);
            await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token);
        }, cancellationToken);
        return number is null
            ? StepResult.Waiting("The space has no free address: 253 are in use. Delete something in it or use another space.", FullSpaceRetry)
            : StepResult.Changed;
    }

    /// <summary>The node's address in its space.</summary>
    internal static IPAddress Address(SpaceSubnet subnet, PostgresContext context) =>
        subnet.Instance(context.Row.Space.NetworkIndex, context.Notes.HostNumber!.Value);

    /// <summary>Where to connect, once <see cref="IdentityStep"/> holds.</summary>
    internal PostgresEndpoint Endpoint(PostgresContext context) => new(
        context.HostName, Address(subnet, context).ToString(), PostgresKind.Port, PostgresKind.Application, PostgresKind.Application);
}
