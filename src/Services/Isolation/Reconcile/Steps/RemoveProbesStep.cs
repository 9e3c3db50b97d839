using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Steps;
using Beffroi.Platform.Tenancy;

namespace Beffroi.Services.Isolation.Reconcile.Steps;

/// <summary>No probe is left: instances, volumes, then keys, addresses and agents' identities.</summary>
internal sealed class RemoveProbesStep(IInfrastructure infrastructure, IAgents agents, IAddresses addresses, IResourceKeys keys) : IStep<VerificationContext>
{
    public string Name => "remove-probes";

    public string Title => "The probes are removed";

    public string Condition => "ProbesRemoved";

    public async Task<StepResult> EnsureAsync(VerificationContext context, CancellationToken cancellationToken)
    {
        await Task.WhenAll(context.Probes.Select(async probe =>
        {
            await infrastructure.RemoveInstanceAsync(new InstanceRequest(context.Fence, probe.InstanceId, probe.SpaceId), cancellationToken);
            await infrastructure.RemoveVolumeAsync(new VolumeRequest(context.Fence, probe.InstanceId), cancellationToken);
        }));
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            foreach (var probe in context.Probes)
            {
                await agents.RemoveAsync(connection, probe.InstanceId, token);
                await addresses.ReleaseAsync(connection, probe.InstanceId, token);
                await keys.DestroyAsync(connection, ProbeKeys.OwnerOf(context, probe), token);
            }
        }, cancellationToken);
        return StepResult.Holds;
    }
}
