using Beffroi.Infrastructure;
using Beffroi.Kernel;
using Beffroi.Platform.Steps;
using Beffroi.Services.Postgres.Maintenance;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>
/// The host has a newer image than nodes run from: PostgreSQL's minor releases, Debian's updates and the agent come with it. They are made anew from it when somebody
/// asks for that, and in the maintenance window: replicas first, one at a time, and the former primary after another node has taken over (decision 30).
/// </summary>
internal sealed class UpdateStep(IInfrastructure infrastructure, TimeProvider time) : IStep<PostgresContext>
{
    internal const string Verb = "apply-updates";
    internal const string UpToDate = "UpToDate";

    public string Name => "updates";

    public string Title => "Updates that are due are applied";

    public string Condition => "UpdatesApplied";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var newest = (await infrastructure.GetHostAsync(cancellationToken)).Images.GetValueOrDefault(PostgresKind.Name);
        if (newest is null)
        {
            return StepResult.Holds;
        }

        var due = context.Lasting.Where(node => node.ImageDigest != newest).ToList();
        Tell(context, due.Count, now);
        var asked = context.Operation is { Verb: Verb };
        if (due.Count == 0 || !(asked || (context.Spec.MaintenanceWindow is { } window && MaintenanceHours.IsOpen(window, now))))
        {
            return StepResult.Holds;
        }

        var (next, wait) = NodeTurn.Of(context, due, "A node is to run from a newer image");
        if (next is null)
        {
            return wait!;
        }

        next.Notes = next.Notes with { Renew = true };
        return StepResult.Waiting("A node is made anew from the newest image.", TimeSpan.Zero);
    }

    private static void Tell(PostgresContext context, int due, DateTimeOffset now) =>
        context.Conditions = Kernel.Condition.Set(context.Conditions, due == 0
            ? new Condition(UpToDate, true, "NewestImage", "Every node runs from the newest image.", now)
            : new Condition(UpToDate, false, "NewerImage", "There is a newer image, with updates of PostgreSQL, Debian or the agent. Nodes are made anew from it "
                + (context.Spec.MaintenanceWindow is { } window ? MaintenanceHours.Say(window, now) + ", or now: " : "when you ask for it: ") + $"beffroi postgres apply-updates {context.Row.Name}", now));
}
