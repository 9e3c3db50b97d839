using Beffroi.Infrastructure;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Tenancy;
using Beffroi.Reconciling;
using Npgsql;

namespace Beffroi.Services.Isolation.Policy;

/// <summary>
/// Has the packet filter open what a space's organization agreed to, and nothing else: read, put in force, noted. Looked at again every few
/// minutes, so that a host that lost its own record gets it back.
/// </summary>
internal sealed class PolicyReconciler(NpgsqlDataSource store, IInfrastructure infrastructure, ISpaces spaces, ILedger ledger) : IReconciler
{
    public string Kind => PolicyStore.Kind;

    public async Task<Requeue> ReconcileAsync(ILease lease, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        if (await spaces.FindAsync(connection, lease.Key.Id, cancellationToken) is not { } space)
        {
            return Requeue.Finished;
        }

        var (generation, egress, peers) = await PolicyStore.ReadAsync(connection, space.Id, cancellationToken);
        var known = await PolicyStore.IsInForceAsync(connection, space.Id, cancellationToken);
        await infrastructure.EnsurePolicyAsync(new EnsurePolicy(new Fence(space.Id, lease.Epoch), space.Id, space.NetworkIndex, egress, peers), cancellationToken);
        if (!known)
        {
            await lease.WriteAsync(async (write, token) =>
            {
                await PolicyStore.AppliedAsync(write, space.Id, generation, token);
                await ledger.AppendAsync(write, new LedgerEntry(
                    "system:isolation", "space.policy", "done", space.OrganizationId, $"/v1/organizations/{space.OrganizationName}/spaces/{space.Name}", space.Id,
                    Generation: generation, Reason: $"{egress.Count} destinations, {peers.Count} peered services",
                    OnBehalfOf: await PolicyStore.RequesterAsync(write, space.Id, generation, token)), token);
            }, cancellationToken);
        }

        return Requeue.Settled;
    }
}
