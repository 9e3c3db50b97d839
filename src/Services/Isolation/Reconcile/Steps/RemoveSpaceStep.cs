using Beffroi.Infrastructure;
using Beffroi.Platform.Steps;
using Beffroi.Platform.Tenancy;
using Npgsql;

namespace Beffroi.Services.Isolation.Reconcile.Steps;

/// <summary>The adversary's space is gone: its network, then its record and with it its number.</summary>
internal sealed class RemoveSpaceStep(IInfrastructure infrastructure, IThrowAwaySpaces throwAway, NpgsqlDataSource store) : IStep<VerificationContext>
{
    public string Name => "remove-space";

    public string Title => "The adversary's space is removed";

    public string Condition => "SpaceRemoved";

    public async Task<StepResult> EnsureAsync(VerificationContext context, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        if (await throwAway.FindAsync(connection, context.Row.Id, cancellationToken) is not { } adversary)
        {
            return StepResult.Holds;
        }

        await infrastructure.RemoveNetworkAsync(new RemoveNetwork(context.Fence, adversary.Id, adversary.NetworkIndex), cancellationToken);
        await context.Lease.WriteAsync((write, token) => throwAway.RemoveAsync(write, context.Row.Id, token), cancellationToken);
        return StepResult.Changed;
    }
}
