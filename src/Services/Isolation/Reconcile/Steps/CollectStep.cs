using Beffroi.Platform.Steps;
using static Beffroi.Contracts.Agents.ProbeConfiguration.Types;

namespace Beffroi.Services.Isolation.Reconcile.Steps;

/// <summary>After the last packet was sent, every probe tells what arrived at it.</summary>
internal sealed class CollectStep(PlannedAttempts planned) : IStep<VerificationContext>
{
    public string Name => "collect";

    public string Title => "What arrived is collected";

    public string Condition => "Collected";

    public async Task<StepResult> EnsureAsync(VerificationContext context, CancellationToken cancellationToken)
    {
        if (context.IsOver || context.AllIn(Phase.Collect))
        {
            return StepResult.Holds;
        }

        await planned.BeginAsync(context, Phase.Collect, cancellationToken);
        return StepResult.Waiting("Waiting for what the probes have seen.", TimeSpan.FromSeconds(2));
    }
}
