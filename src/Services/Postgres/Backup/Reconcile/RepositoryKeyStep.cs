using Beffroi.Infrastructure;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>The repository's own key, and the space's network; databases' keys encrypt what it holds once more.</summary>
internal sealed class RepositoryKeyStep(IResourceKeys keys, IInfrastructure infrastructure) : IStep<RepositoryContext>
{
    public string Name => "key";

    public string Title => "The repository has a key of its own";

    public string Condition => "KeyReady";

    public async Task<StepResult> EnsureAsync(RepositoryContext context, CancellationToken cancellationToken)
    {
        var space = context.Row.Space;
        await infrastructure.EnsureNetworkAsync(new EnsureNetwork(context.Fence, space.Id, space.NetworkIndex), cancellationToken);
        await context.Lease.WriteAsync((connection, token) => keys.EnsureAsync(connection, space.OrganizationId, context.Row.Id, token), cancellationToken);
        return StepResult.Holds;
    }
}
