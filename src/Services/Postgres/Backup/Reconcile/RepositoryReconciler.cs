using Beffroi.Kernel;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Beffroi.Reconciling;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>
/// Keeps a space's backup repository: an instance of its own on a volume of its own, which outlives every database. It is never taken down: what it holds
/// is locked.
/// </summary>
internal sealed class RepositoryReconciler(
    NpgsqlDataSource store,
    IResources resources,
    IOperations operations,
    IAgents agents,
    RecipeRunner runner,
    TimeProvider time,
    RepositoryKeyStep key,
    RepositoryVolumeStep volume,
    RepositoryIdentityStep identity,
    RepositoryConfigurationStep configuration,
    RepairStep repair,
    RepositoryInstanceStep instance,
    RepositoryAgentStep agent,
    LocksStep locks,
    RepositoryReadyStep ready) : IReconciler
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(1);

    public string Kind => BackupKind.Repository;

    private IReadOnlyList<IStep<RepositoryContext>> BringUp => [key, volume, identity, configuration, repair, instance, agent, locks, ready];

    public async Task<Requeue> ReconcileAsync(ILease lease, CancellationToken cancellationToken)
    {
        if (await LoadAsync(lease, cancellationToken) is not { } context)
        {
            return Requeue.Finished;
        }

        if (await runner.RunAsync("create", BringUp, context, cancellationToken) is { } waiting)
        {
            return Requeue.After(waiting.Again);
        }

        context.Status = context.Status with { State = "ready", ObservedGeneration = context.Row.Generation };
        context.Conditions = Condition.Set(
            context.Conditions, new Condition("Ready", true, "Ready", "The repository takes WAL and backups.", time.GetUtcNow()));
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token);
            if (context.Operation is { } operation)
            {
                await operations.UpdateAsync(connection, operation.Id, "succeeded", "Done.", operation.Steps, token);
            }
        }, cancellationToken);

        // How much is locked, and until when, changes by itself.
        return Requeue.After(LookAgain);
    }

    private async Task<RepositoryContext?> LoadAsync(ILease lease, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        if (await resources.FindAsync(connection, lease.Key.Id, cancellationToken) is not { } row)
        {
            return null;
        }

        var operation = row.OperationId is { } id ? await operations.FindAsync(connection, id, cancellationToken) : null;
        var known = SpaceRepository.NotesOf(row).InstanceId is { } node ? await agents.FindAsync(connection, node, cancellationToken) : null;
        return new RepositoryContext(row, lease, operation, known);
    }
}
