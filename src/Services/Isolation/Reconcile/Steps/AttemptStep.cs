using Beffroi.Platform.Steps;
using static Beffroi.Contracts.Agents.ProbeConfiguration.Types;

namespace Beffroi.Services.Isolation.Reconcile.Steps;

/// <summary>Every probe makes its attempts.</summary>
internal sealed class AttemptStep(PlannedAttempts planned) : IStep<VerificationContext>
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

        var attempts = await planned.BeginAsync(context, Phase.Attempt, cancellationToken);
        return StepResult.Waiting($"{attempts} attempts are made.", TimeSpan.FromSeconds(2));
    }
}
