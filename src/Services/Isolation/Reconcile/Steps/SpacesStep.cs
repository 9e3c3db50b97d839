using Beffroi.Infrastructure;
using Beffroi.Platform.Steps;
using Beffroi.Platform.Tenancy;
using Npgsql;

namespace Beffroi.Services.Isolation.Reconcile.Steps;

/// <summary>The space under test and, for as long as it takes, one of another organization, each with its network.</summary>
internal sealed class SpacesStep(IInfrastructure infrastructure, IThrowAwaySpaces throwAway, NpgsqlDataSource store) : IStep<VerificationContext>
{
    public string Name => "spaces";

    public string Title => "An adversary's space is set up";

    public string Condition => "SpacesReady";

    public async Task<StepResult> EnsureAsync(VerificationContext context, CancellationToken cancellationToken)
    {
        if (context.IsOver)
        {
            return StepResult.Holds;
        }

        SpaceRecord? adversary;
        await using (var connection = await store.OpenConnectionAsync(cancellationToken))
        {
            adversary = await throwAway.FindAsync(connection, context.Row.Id, cancellationToken);
        }

        if (adversary is null)
        {
            await context.Lease.WriteAsync(
                async (connection, token) => adversary = await throwAway.EnsureAsync(connection, context.Row.Id, context.Row.Space.Zone, token), cancellationToken);
        }

        if (adversary is null)
        {
            return StepResult.Waiting("The zone has no network left for an adversary's space.", TimeSpan.FromSeconds(20));
        }

        await infrastructure.EnsureNetworkAsync(new EnsureNetwork(context.Fence, context.Row.Space.Id, context.Row.Space.NetworkIndex), cancellationToken);
        await infrastructure.EnsureNetworkAsync(new EnsureNetwork(context.Fence, adversary.Id, adversary.NetworkIndex), cancellationToken);
        return StepResult.Holds;
    }
}
