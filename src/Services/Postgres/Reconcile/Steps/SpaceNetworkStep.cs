using Beffroi.Infrastructure;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>The space's own bridge and packet filter. They belong to the space and stay when the database goes.</summary>
internal sealed class SpaceNetworkStep(IInfrastructure infrastructure) : IStep<PostgresContext>
{
    public string Name => "space-network";

    public string Title => "The space's network is set up";

    public string Condition => "NetworkReady";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        await infrastructure.EnsureNetworkAsync(
            new EnsureNetwork(context.Fence, context.Row.Space.Id, context.Row.Space.NetworkIndex), cancellationToken);
        return StepResult.Holds;
    }
}
