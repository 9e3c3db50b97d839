using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Beffroi.Platform.Tenancy;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>Its id and address, written down before anything is made with them.</summary>
internal sealed class RepositoryIdentityStep(IAddresses addresses, IAgents agents, IResources resources, SpaceSubnet subnet) : IStep<RepositoryContext>
{
    private static readonly TimeSpan FullSpaceRetry = TimeSpan.FromMinutes(1);

    public string Name => "identity";

    public string Title => "The repository has an identity and an address";

    public string Condition => "AddressAllotted";

    public async Task<StepResult> EnsureAsync(RepositoryContext context, CancellationToken cancellationToken)
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
            if (number is { } allotted)
            {
                context.Notes = notes with { HostNumber = allotted };
                context.Status = context.Status with { Address = subnet.Instance(context.Row.Space.NetworkIndex, allotted).ToString() };
                await agents.EnsureAsync(connection, context.InstanceId, context.Row.Id, context.Row.Space.Id, token);
                await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token);
            }
        }, cancellationToken);
        return number is null
            ? StepResult.Waiting("The space has no free address: 253 are in use. Delete something in it, so that its databases can be backed up.", FullSpaceRetry)
            : StepResult.Changed;
    }
}
