using Beffroi.Platform.Agents;
using Beffroi.Platform.Steps;
using static Beffroi.Contracts.Agents.ProbeConfiguration.Types;

namespace Beffroi.Services.Isolation.Reconcile.Steps;

/// <summary>Every probe makes its attempts.</summary>
internal sealed class AttemptStep(PlannedAttempts planned, IAgents agents) : IStep<VerificationContext>
{
    public string Name => "attempt";

    public string Title => "The attacks are tried";

    public string Condition => "Attempted";

    public async Task<StepResult> EnsureAsync(VerificationContext context, CancellationToken cancellationToken)
    {
        if (context.IsOver || context.AllIn(Phase.Attempt))
        {
            return StepResult.Holds;
        }

        var attempts = await planned.OfAsync(context, cancellationToken);
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            foreach (var probe in context.Probes)
            {
                await agents.SetDesiredAsync(connection, probe.InstanceId, ProbeConfigurations.Of(context, probe.Role, attempts, Phase.Attempt), token);
            }
        }, cancellationToken);
        return StepResult.Waiting($"{attempts.Count} attempts are made.", TimeSpan.FromSeconds(2));
    }
}
