using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>The enrolment tokens have served: the host no longer keeps them, used up as they are.</summary>
internal sealed class ForgetTokenStep(IInfrastructure infrastructure) : IStep<PostgresContext>
{
    public string Name => "forget-token";

    public string Title => "The used enrolment token is removed";

    public string Condition => "TokenRemoved";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        var result = StepResult.Holds;
        foreach (var node in context.Nodes.Where(node => !node.Notes.TokenForgotten))
        {
            using var none = Secret.FromBytes([]);
            await infrastructure.SetTokenAsync(new SetToken(context.Fence, node.InstanceId, context.Row.Space.Id, none), cancellationToken);
            node.Notes = node.Notes with { TokenForgotten = true };
            result = StepResult.Changed;
        }

        return result;
    }
}
