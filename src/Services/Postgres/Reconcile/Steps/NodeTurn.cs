using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>Whose turn it is where something that takes a node away is done with one after another.</summary>
internal static class NodeTurn
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Replicas first, each when all nodes serve; then another node takes over, and the former primary follows. The only node of a database has its turn at once.
    /// </summary>
    /// <param name="context">The pass.</param>
    /// <param name="due">Those that it is still to be done with: one or more.</param>
    /// <param name="what">What is to be done, as the beginning of a sentence.</param>
    /// <returns>The node, or what is waited for.</returns>
    internal static (PostgresNode? Node, StepResult? Wait) Of(PostgresContext context, IReadOnlyList<PostgresNode> due, string what)
    {
        if (context.WantedNodes > 1)
        {
            if (context.Lasting.Any(node => !node.Ready))
            {
                return (null, StepResult.Waiting(what + "; waiting until all nodes serve.", LookAgain));
            }

            if (due.All(node => node == context.Primary))
            {
                return (null, MaintenanceStep.HandOver(context));
            }
        }

        return (due.FirstOrDefault(node => node != context.Primary) ?? due[0], null);
    }
}
