using Beffroi.Kernel;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
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
    ISeals seals,
    RecipeRunner runner,
    TimeProvider time,
    RepositoryKeyStep key,
    RepositoryRekeyStep rekey,
    RepositoryVolumeStep volume,
    RepositoryIdentityStep identity,
    RepositoryConfigurationStep configuration,
    RepairStep repair,
    RepositoryInstanceStep instance,
    RepositoryAgentStep agent,
    LocksStep locks,
    RepositoryReadyStep ready,
    StopRepositoryStep stop,
    LockRepositoryStep close) : IReconciler
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(1);

    public string Kind => BackupKind.Repository;

    private IReadOnlyList<IStep<RepositoryContext>> BringUp(RepositoryContext context) =>
        [key, .. RepositoryRekeyStep.IsDue(context) ? [rekey] : Array.Empty<IStep<RepositoryContext>>(), volume, identity, configuration, repair, instance, agent, locks, ready];

    /// <summary>While its organization is sealed.</summary>
    private IReadOnlyList<IStep<RepositoryContext>> Close => [stop, close];

    public async Task<Requeue> ReconcileAsync(ILease lease, CancellationToken cancellationToken)
    {
        if (await LoadAsync(lease, cancellationToken) is not { } context)
        {
            return Requeue.Finished;
        }

        return context.Seal.IsSealed ? await KeepClosedAsync(context, cancellationToken) : await BringUpAsync(context, cancellationToken);
    }

    private async Task<Requeue> BringUpAsync(RepositoryContext context, CancellationToken cancellationToken)
    {
        if (context.Status.State == "sealed")
        {
            context.Status = context.Status with { State = "starting" };
            context.Conditions = [.. context.Conditions.Where(c => c.Type is not ("InstanceStopped" or "VolumeLocked" or "Sealed"))];
        }

        if (await runner.RunAsync("create", BringUp(context), context, cancellationToken) is { } waiting)
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

    /// <summary>Stopped and closed, with everything kept. What was being made or changed goes on after the sealing.</summary>
    private async Task<Requeue> KeepClosedAsync(RepositoryContext context, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        context.Operation = null;
        context.Status = context.Status with { State = "sealed" };
        context.Conditions = [.. context.Conditions.Where(c => c.Type is not ("VolumeEncrypted" or "InstanceRunning" or "AgentConnected" or "Serving"))];
        context.NotReady("Sealed", "The organization is sealed. " + context.Seal.Reason, now);
        context.Conditions = Condition.Set(context.Conditions, new Condition("Sealed", true, "Sealed", context.Seal.Reason, now));
        if (await runner.RunAsync("seal", Close, context, cancellationToken) is { } waiting)
        {
            return Requeue.After(waiting.Again);
        }

        context.Notes = context.Notes with { SealEpoch = context.Seal.Epoch };
        await context.Lease.WriteAsync(
            (connection, token) => resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token), cancellationToken);
        return Requeue.Settled;
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
        return new RepositoryContext(row, lease, operation, known, await seals.FindAsync(connection, row.Space.OrganizationId, cancellationToken));
    }
}
