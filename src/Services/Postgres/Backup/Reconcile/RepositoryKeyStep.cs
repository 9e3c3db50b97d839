using Beffroi.Infrastructure;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>The repository's own key, the space's network, and the authority that the repository and databases know each other by; databases' keys encrypt what it holds once more.</summary>
internal sealed class RepositoryKeyStep(IResourceKeys keys, IAuthorities authorities, IInfrastructure infrastructure) : IStep<RepositoryContext>
{
    public string Name => "key";

    public string Title => "The repository has a key of its own";

    public string Condition => "KeyReady";

    public async Task<StepResult> EnsureAsync(RepositoryContext context, CancellationToken cancellationToken)
    {
        var space = context.Row.Space;
        await infrastructure.EnsureNetworkAsync(new EnsureNetwork(context.Fence, space.Id, space.NetworkIndex), cancellationToken);
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            await keys.EnsureAsync(connection, space.OrganizationId, context.Row.Id, token);
            await authorities.EnsureAsync(connection, AuthorityId.SpacePeers(space.Id, space.OrganizationId), $"Beffroi backup of {space.Id}", token);
        }, cancellationToken);
        return StepResult.Holds;
    }
}
