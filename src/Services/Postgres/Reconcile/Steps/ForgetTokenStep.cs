using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>The enrolment token has served: the host no longer keeps it, used up as it is.</summary>
internal sealed class ForgetTokenStep(IInfrastructure infrastructure) : IStep<PostgresContext>
{
    public string Name => "forget-token";

    public string Title => "The used enrolment token is removed";

    public string Condition => "TokenRemoved";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        if (context.Notes.TokenForgotten)
        {
            return StepResult.Holds;
        }

        using var none = Secret.FromBytes([]);
        await infrastructure.SetTokenAsync(new SetToken(context.Fence, context.InstanceId, context.Row.Space.Id, none), cancellationToken);
        context.Notes = context.Notes with { TokenForgotten = true };
        return StepResult.Changed;
    }
}
