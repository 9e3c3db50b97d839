using Beffroi.Platform.Steps;
using Beffroi.Services.Postgres.Maintenance;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>
/// A switchover or a restart that was asked for, and restarts that changed settings wait for: replicas first, one at a time, then another node takes
/// over and the former primary follows. Each thing is noted before it is asked of a node, and done when the node says so. With a maintenance window nothing
/// begins by itself outside it.
/// </summary>
internal sealed class MaintenanceStep(TimeProvider time) : IStep<PostgresContext>
{
    internal const string Switchover = "switchover";
    internal const string Restart = "restart";
    private const string Again = "-again";
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    public string Name => "maintenance";

    public string Title => "What needed a switchover or a restart is done";

    public string Condition => "Maintained";

    /// <summary>Whether a database of one node is to be looked at: nobody could take over meanwhile, so it restarts when it is asked to, or in its window.</summary>
    internal static bool IsDue(PostgresContext context) => context.Operation is { Verb: Restart } || context.Spec.MaintenanceWindow is not null;

    public Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken) => Task.FromResult(Next(context));

    private StepResult Next(PostgresContext context)
    {
        if (context.Notes.Primary is { } chosen)
        {
            if (context.Primary?.InstanceId != chosen)
            {
                return StepResult.Waiting("Another node is taking over as primary.", LookAgain);
            }

            context.Notes = context.Notes with { Primary = null, Maintained = Done(context, Switchover) };
        }

        if (IsAsked(context, Switchover))
        {
            return HandOver(context);
        }

        var mark = Mark(context);
        if (context.Lasting.Any(node => IsMarked(node, mark) && node.Facts?.Restarted != node.Notes.Restart))
        {
            return StepResult.Waiting("A node restarts PostgreSQL.", LookAgain);
        }

        var asked = IsAsked(context, Restart);
        var may = asked || MayRestart(context);
        var due = context.Lasting.Where(node => may && !IsMarked(node, mark) && (asked || node.Facts is { PendingRestart: true })).ToList();

        // A replica can't have less than its primary (max_connections and the like), so what is lowered still waits on replicas that have restarted: then the
        // primary restarts where it is, and they do once more.
        var lowered = context.WantedNodes > 1 && context.Lasting.Any(node => node != context.Primary && IsMarked(node, mark) && node.Facts is { PendingRestart: true });
        if (due.Count == 0 && lowered && may && context.Primary is { } done && IsMarked(done, mark))
        {
            due = [.. context.Lasting.Where(node => node != done && node.Notes.Restart == mark && node.Facts is { PendingRestart: true })];
            mark += Again;
        }

        if (due.Count == 0)
        {
            context.Notes = context.Notes with { Maintained = Done(context, Restart) };
            return StepResult.Holds;
        }

        var replica = due.FirstOrDefault(node => node != context.Primary);
        if (replica is null && context.WantedNodes > 1 && !lowered)
        {
            return HandOver(context);
        }

        var next = replica ?? due[0];
        next.Notes = next.Notes with { Restart = mark };
        return StepResult.Waiting("A node restarts PostgreSQL.", TimeSpan.Zero);
    }

    /// <summary>Has the node that lags least take over.</summary>
    internal static StepResult HandOver(PostgresContext context)
    {
        var candidate = context.Lasting.Where(node => node != context.Primary && node.Ready).MinBy(node => node.Facts!.LagBytes);
        if (candidate is null)
        {
            return StepResult.Waiting("No other node is ready to take over.", LookAgain);
        }

        context.Notes = context.Notes with { Primary = candidate.InstanceId };
        return StepResult.Waiting("Another node is taking over as primary.", TimeSpan.Zero);
    }

    private bool MayRestart(PostgresContext context) =>
        context.Spec.MaintenanceWindow is { } window ? MaintenanceHours.IsOpen(window, time.GetUtcNow()) : context.WantedNodes > 1;

    private static bool IsAsked(PostgresContext context, string verb) =>
        context.Operation is { } operation && operation.Verb == verb && context.Notes.Maintained != operation.Id;

    private static Guid? Done(PostgresContext context, string verb) =>
        context.Operation is { } operation && operation.Verb == verb ? operation.Id : context.Notes.Maintained;

    private static bool IsMarked(PostgresNode node, string mark) => node.Notes.Restart == mark || node.Notes.Restart == mark + Again;

    // One restart of each node for each change or request, and one more where something was lowered.
    private static string Mark(PostgresContext context) =>
        context.Operation is { Verb: Restart } operation ? operation.Id.ToString("N") : "g" + context.Row.Generation.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
