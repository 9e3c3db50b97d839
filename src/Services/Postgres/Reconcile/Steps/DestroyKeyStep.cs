using Beffroi.Platform.Keys;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>The key is destroyed: whatever copy of the volume or of a secret still exists somewhere can't be read by anyone.</summary>
internal sealed class DestroyKeyStep(IResourceKeys keys, IAuthorities authorities, ILedger ledger) : IStep<PostgresContext>
{
    public string Name => "destroy-key";

    public string Title => "The database's key is destroyed";

    public string Condition => "KeyDestroyed";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            await authorities.RemoveAsync(connection, AuthorityId.Peers(context.Row.Id, context.Row.Space.OrganizationId), token);
            // The proof of it is in the same transaction: neither is there without the other.
            if (await keys.DestroyAsync(connection, context.Row.Id, token) is { } destroyed)
            {
                await ledger.AppendAsync(connection, context.Entry("key.destroy", destroyed), token);
            }
        }, cancellationToken);
        return StepResult.Holds;
    }
}
