using Beffroi.Platform.Keys;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;

namespace Beffroi.Services.Postgres.Reconcile.Steps;

/// <summary>
/// A rotation of the database's key that was asked for: a new generation, under which its secrets are at once and its volumes one after another, those of
/// replicas first; then another node takes over, and the former primary follows. A database of one node rests meanwhile. Backups follow by themselves, and
/// older generations are destroyed when nothing is under them any more (<see cref="Backup.Reconcile.BackupTurnover"/>, decision 27).
/// </summary>
internal sealed class RotateKeyStep(IResourceKeys keys, IResources resources, ILedger ledger) : IStep<PostgresContext>
{
    internal const string Verb = "rotate-key";

    public string Name => "rotate";

    public string Title => "Secrets and volumes are under the newest key";

    public string Condition => "KeyRotated";

    /// <summary>Whether there is something to rotate, or about to be.</summary>
    internal static bool IsDue(PostgresContext context) =>
        context.Operation is { Verb: Verb } || context.Nodes.Any(node => node.Notes.RekeyTo is not null || node.Notes.KeyGeneration < context.Notes.KeyGeneration);

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        if (context.Operation is { Verb: Verb } operation && context.Notes.Maintained != operation.Id)
        {
            await DrawAsync(context, operation.Id, cancellationToken);
        }

        var due = context.Lasting.Where(node => node.Notes.KeyGeneration < context.Notes.KeyGeneration).ToList();
        if (due.Count == 0)
        {
            return StepResult.Holds;
        }

        var (next, wait) = NodeTurn.Of(context, due, "A volume is to go under a new key");
        if (next is null)
        {
            return wait!;
        }

        next.Notes = next.Notes with { RekeyTo = context.Notes.KeyGeneration };
        return StepResult.Waiting("A node rests while its volume is copied under its new key.", TimeSpan.Zero);
    }

    // Drawn and noted in one transaction: a pass that follows a crash draws no second one.
    private Task DrawAsync(PostgresContext context, Guid operation, CancellationToken cancellationToken) => context.Lease.WriteAsync(async (connection, token) =>
    {
        var generation = await keys.RotateAsync(connection, context.Row.Space.OrganizationId, context.Row.Id, token);
        context.Notes = context.Notes with { KeyGeneration = generation, Maintained = operation };
        await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token);
        await ledger.AppendAsync(connection, context.Entry("key.rotate", $"generation {generation}"), token);
    }, cancellationToken);
}
