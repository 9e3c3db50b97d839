using System.Security.Cryptography;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Beffroi.Platform.Tenancy;
using Npgsql;

namespace Beffroi.Services.Isolation.Reconcile.Steps;

/// <summary>Ids, addresses and keys of the four probes, written down before anything is made with them.</summary>
internal sealed class ProbeIdentityStep(IThrowAwaySpaces throwAway, IAddresses addresses, IAgents agents, IResourceKeys keys, IResources resources, NpgsqlDataSource store)
    : IStep<VerificationContext>
{
    public string Name => "probe-identity";

    public string Title => "The probes have identities and addresses";

    public string Condition => "AddressesAllotted";

    public async Task<StepResult> EnsureAsync(VerificationContext context, CancellationToken cancellationToken)
    {
        if (context.IsOver || context.Notes.Probes is not null)
        {
            return StepResult.Holds;
        }

        await using var look = await store.OpenConnectionAsync(cancellationToken);
        var adversary = (await throwAway.FindAsync(look, context.Row.Id, cancellationToken))!;
        List<ProbeNote>? probes = [];
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            foreach (var role in Role.All)
            {
                var space = Role.IsInside(role) ? context.Row.Space : adversary;
                var instance = Guid.CreateVersion7();
                if (await addresses.AllotAsync(connection, space.Id, instance, token) is not { } number)
                {
                    // Whoever was given one already gives it back: the write is left without a trace of this attempt.
                    foreach (var before in probes!)
                    {
                        await addresses.ReleaseAsync(connection, before.InstanceId, token);
                    }

                    probes = null;
                    return;
                }

                probes!.Add(new ProbeNote(role, instance, space.Id, space.OrganizationId, space.NetworkIndex, number));
            }

            foreach (var probe in probes!)
            {
                await keys.EnsureAsync(connection, probe.OrganizationId, ProbeKeys.OwnerOf(context, probe), token);
                await agents.EnsureAsync(connection, probe.InstanceId, context.Row.Id, probe.SpaceId, token);
            }

            context.Notes = context.Notes with { Nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), Probes = probes };
            await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token);
        }, cancellationToken);
        return probes is null
            ? StepResult.Waiting("The space has no two free addresses for probes.", TimeSpan.FromSeconds(20))
            : StepResult.Changed;
    }
}
