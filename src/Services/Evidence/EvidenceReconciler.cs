using Beffroi.Reconciling;

namespace Beffroi.Services.Evidence;

/// <summary>Looks at an organization again and again. The key is the organization's id.</summary>
internal sealed class EvidenceReconciler(EvidenceRound round) : IReconciler
{
    internal const string WorkKind = "evidence";

    // What someone just did, a verification, a safeguard, is to be seen while they look.
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    public string Kind => WorkKind;

    public async Task<Requeue> ReconcileAsync(ILease lease, CancellationToken cancellationToken)
    {
        await lease.WriteAsync((connection, token) => round.RunAsync(connection, lease.Key.Id, token), cancellationToken);
        return Requeue.After(Interval);
    }
}
