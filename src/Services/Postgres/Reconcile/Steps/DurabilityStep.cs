using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>
/// Strict durability begins once all nodes have replicated: before that, a commit would wait for nodes that are still being made.
/// </summary>
internal sealed class DurabilityStep : IStep<PostgresContext>
{
    public string Name => "durability";

    public string Title => "A commit waits for another node";

    public string Condition => "Replicated";

    public Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken) =>
        Task.FromResult(context.Spec.Availability == PostgresKind.Strict && !context.WroteStrict
            ? StepResult.Waiting("All nodes replicate; from now on no commit is acknowledged without one of them.", TimeSpan.Zero)
            : StepResult.Holds);
}
