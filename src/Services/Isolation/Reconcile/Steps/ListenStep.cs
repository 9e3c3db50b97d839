using Beffroi.Contracts.Agents;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Isolation.Reconcile.Steps;

/// <summary>Every probe has proved itself to the agent channel and listens; then what there is to try on is written down.</summary>
internal sealed class ListenStep(Planning planning, IResources resources) : IStep<VerificationContext>
{
    public string Name => "listen";

    public string Title => "The probes listen";

    public string Condition => "ProbesListening";

    public async Task<StepResult> EnsureAsync(VerificationContext context, CancellationToken cancellationToken)
    {
        if (context.IsOver || context.Notes.Plan is not null)
        {
            return StepResult.Holds;
        }

        if (!context.AllIn(ProbeConfiguration.Types.Phase.Listen))
        {
            return StepResult.Waiting($"Waiting for the probes to call: {context.Facts.Count} of {Role.All.Count} have.", TimeSpan.FromSeconds(2));
        }

        context.Notes = context.Notes with { Plan = await planning.PlanAsync(context, cancellationToken) };
        await context.Lease.WriteAsync(
            (connection, token) => resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token), cancellationToken);
        return StepResult.Changed;
    }
}
