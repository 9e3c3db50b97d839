using Beffroi.Platform.Keys;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>The key is destroyed: whatever copy of the volume or of a secret still exists somewhere can't be read by anyone.</summary>
internal sealed class DestroyKeyStep(IResourceKeys keys, IAuthorities authorities) : IStep<PostgresContext>
{
    public string Name => "destroy-key";

    public string Title => "The database's key is destroyed";

    public string Condition => "KeyDestroyed";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            await authorities.RemoveAsync(connection, AuthorityId.Peers(context.Row.Id, context.Row.Space.OrganizationId), token);
            await keys.DestroyAsync(connection, context.Row.Id, token);
        }, cancellationToken);
        return StepResult.Holds;
    }
}
