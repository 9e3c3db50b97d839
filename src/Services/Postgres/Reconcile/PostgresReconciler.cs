using Beffroi.Kernel;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Beffroi.Platform.Tenancy;
using Beffroi.Reconciling;
using Beffroi.Services.Postgres.Backup;
using Beffroi.Services.Postgres.Backup.Reconcile;
using Beffroi.Services.Postgres.Reconcile.Steps;
using Beffroi.Services.Postgres.Spares;
using Npgsql;

namespace Beffroi.Services.Postgres.Reconcile;

/// <summary>
/// Keeps one PostgreSQL as its customer asked for it. <see cref="BringUp"/>, <see cref="Close"/> and <see cref="TakeDown"/> are the whole story.
/// </summary>
internal sealed class PostgresReconciler(
    NpgsqlDataSource store,
    IResources resources,
    IOperations operations,
    IAgents agents,
    IAddresses addresses,
    ISeals seals,
    ILedger ledger,
    PostgresSpares spares,
    SpaceRepository backups,
    RecipeRunner runner,
    TimeProvider time,
    SpaceNetworkStep spaceNetwork,
    ResourceKeyStep resourceKey,
    IdentityStep identity,
    RekeyStep rekey,
    RenewStep renew,
    VolumeStep volume,
    ConfigurationStep configuration,
    InstanceStep instance,
    AgentStep agent,
    DatabaseStep database,
    DurabilityStep durability,
    MaintenanceStep maintenance,
    RotateKeyStep rotateKey,
    UpdateStep updates,
    ShrinkStep shrink,
    EndpointStep endpoint,
    ForgetTokenStep forgetToken,
    RestoreAccessStep restoreAccess,
    BackupStep backup,
    StopInstanceStep stopInstance,
    LockVolumeStep lockVolume,
    RemoveInstanceStep removeInstance,
    RemoveVolumeStep removeVolume,
    DestroyKeyStep destroyKey) : IReconciler
{
    private static readonly TimeSpan SpareWait = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan FollowAgain = TimeSpan.FromSeconds(2);

    // Settled work is looked at again by itself; what ends sooner than this asks for it.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    public string Kind => PostgresKind.Name;

    private IReadOnlyList<IStep<PostgresContext>> BringUp(PostgresContext context) =>
    [
        spaceNetwork, resourceKey, identity, .. When(RotateKeyStep.IsDue(context), rekey), .. When(RenewStep.IsDue(context), renew), volume, restoreAccess, configuration, instance, agent, database,
        .. When(context.IsCluster, durability),
        .. When(context.IsCluster || MaintenanceStep.IsDue(context), maintenance),
        .. When(RotateKeyStep.IsDue(context), rotateKey),
        .. When(!context.Row.IsSpare, updates),
        .. When(context.IsCluster, shrink),
        endpoint, forgetToken, backup,
    ];

    private static IStep<PostgresContext>[] When(bool due, params IStep<PostgresContext>[] steps) => due ? steps : [];

    /// <summary>While its organization is sealed, while it shall not run, and while a deletion can be undone.</summary>
    private IReadOnlyList<IStep<PostgresContext>> Close =>
        [stopInstance, lockVolume];

    private IReadOnlyList<IStep<PostgresContext>> TakeDown =>
        [removeInstance, removeVolume, destroyKey];

    public async Task<Requeue> ReconcileAsync(ILease lease, CancellationToken cancellationToken)
    {
        if (await LoadAsync(lease, cancellationToken) is not { } context)
        {
            return Requeue.Finished;
        }

        return context.Row switch
        {
            { DeletionRequestedAt: not null, DeleteAfter: not null } => await KeepClosedAsync(context, "deleting", "delete", cancellationToken),
            { DeletionRequestedAt: not null } => await TakeDownAsync(context, cancellationToken),
            _ when context.Seal.IsSealed => await KeepClosedAsync(context, "sealed", "seal", cancellationToken),
            _ when context.Spec.Stopped => await KeepClosedAsync(context, context.Status.State == "stopped" ? "stopped" : "stopping", "stop", cancellationToken),
            { IsSpare: true } when await HoldBackAsync(context, cancellationToken) is { } instead => instead,
            _ => await BringUpAsync(context, cancellationToken),
        };
    }

    private async Task<Requeue> BringUpAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        context.Status = context.Status with { State = Unsettled(context) };
        context.Conditions = [.. context.Conditions.Where(c => c.Type is not ("InstanceStopped" or "VolumeLocked"))];
        if (context.Conditions.Any(c => c.Type == "Sealed"))
        {
            context.Conditions = Condition.Set(context.Conditions, new Condition("Sealed", false, "Unsealed", "The organization is not sealed.", time.GetUtcNow()));
        }

        return await runner.RunAsync(context.Row.IsSpare ? "prepare" : "create", BringUp(context), context, cancellationToken) is { } waiting
            ? Requeue.After(waiting.Again)
            : await SettleAsync(context, cancellationToken);
    }

    private async Task<Requeue> TakeDownAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        context.Status = context.Status with { State = "deleting" };
        return await runner.RunAsync("delete", TakeDown, context, cancellationToken) is { } waiting
            ? Requeue.After(waiting.Again)
            : await ForgetAsync(context, cancellationToken);
    }

    /// <summary>Stopped and locked, with everything kept: for a sealing, for as long as it is asked for, or until a deletion can't be undone any more.</summary>
    private async Task<Requeue> KeepClosedAsync(PostgresContext context, string state, string verb, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var end = context.Row.DeleteAfter;
        var message = end is { } until
            ? $"Deleted: it is stopped and locked. Until {until:yyyy-MM-dd HH:mm} UTC it can be brought back (beffroi postgres undelete); then its key is destroyed."
            : context.Seal.IsSealed ? "The organization is sealed. " + context.Seal.Reason
            : $"Stopped, as was asked for. What is changed meanwhile counts when it is started (beffroi postgres start {context.Row.Name}).";
        context.Status = context.Status with { State = state };
        context.Conditions = [.. context.Conditions.Where(c => c.Type is not
            ("VolumeEncrypted" or "InstanceRunning" or "AgentConnected" or "DatabaseReady" or "Replicated" or "Maintained" or UpdateStep.UpToDate or "UpdatesApplied" or "NoNodeTooMany" or "EndpointPublished"))];
        context.NotReady(end is not null ? "Deleted" : context.Seal.IsSealed ? "Sealed" : "Stopped", message, now);
        if (context.Seal.IsSealed)
        {
            context.Conditions = Condition.Set(context.Conditions, new Condition("Sealed", true, "Sealed", context.Seal.Reason, now));
        }

        // What was being made or changed goes on after the sealing: its operation keeps its steps.
        var operation = context.Operation;
        var ends = end is not null || !context.Seal.IsSealed;
        if (!ends)
        {
            context.Operation = null;
        }

        if (await runner.RunAsync(verb, Close, context, cancellationToken) is { } waiting)
        {
            return Requeue.After(waiting.Again);
        }

        context.Notes = context.Notes with { SealEpoch = context.Seal.Epoch };
        context.Status = ends && end is null ? context.Status with { State = "stopped", ObservedGeneration = context.Row.Generation } : context.Status;
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token);
            if (operation is not null)
            {
                await operations.UpdateAsync(connection, operation.Id, ends ? "succeeded" : operation.State, message, (ends ? context.Operation : operation)!.Steps, token);
            }

            if (ends && end is null)
            {
                // No more backups of it are due.
                await backups.FollowAsync(connection, context.Row, token);
            }

            if (end is not null)
            {
                // Its space may be without a database from here on, and then it needs no spare; one that is brought back has it made anew.
                await spares.GoneAsync(connection, context.Row, token);
            }
        }, cancellationToken);
        if (end is not { } last || last - now > LongestWait)
        {
            return Requeue.Settled;
        }

        // By the store's clock, which an undoing goes by too: what it ends can't be undone any more.
        var ended = false;
        await context.Lease.WriteAsync(async (connection, token) => ended = await resources.ExpireGraceAsync(connection, context.Row.Id, token), cancellationToken);
        return Requeue.After(ended ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Clamp((last - now).TotalSeconds, 1, 30)));
    }

    private async Task<PostgresContext?> LoadAsync(ILease lease, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        if (await resources.FindAsync(connection, lease.Key.Id, cancellationToken) is not { } row)
        {
            return null;
        }

        var operation = row.OperationId is { } id ? await operations.FindAsync(connection, id, cancellationToken) : null;
        var known = new Dictionary<Guid, AgentRecord>();
        foreach (var node in PostgresContext.NotesOf(row).Nodes ?? [])
        {
            if (await agents.FindAsync(connection, node.InstanceId, cancellationToken) is { } found)
            {
                known.Add(node.InstanceId, found);
            }
        }

        return new PostgresContext(row, lease, operation, known, await seals.FindAsync(connection, row.Space.OrganizationId, cancellationToken));
    }

    private static string Unsettled(PostgresContext context) =>
        context.Status.ObservedGeneration == 0 ? "creating"
        : context.Status.State is "sealed" or "stopped" or "stopping" or "starting" or "deleting" ? "starting"
        : context.Status.ObservedGeneration < context.Row.Generation ? "updating"
        : context.Status.State;

    private async Task<Requeue> SettleAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        context.Status = context.Status with { State = "ready", ObservedGeneration = context.Row.Generation };
        context.Conditions = Condition.Set(
            context.Conditions, new Condition("Ready", true, "Ready", "The database accepts connections.", time.GetUtcNow()));
        // The database serves while its backups change over, which may take hours.
        var follows = context.Operation is { Verb: RotateKeyStep.Verb } ? BackupTurnover.Waiting(context) : null;
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            // Whatever is asked for meanwhile (a spare that is taken over, say) is the next pass's.
            if (await resources.FindAsync(connection, context.Row.Id, token) is not { } now || now.Generation != context.Row.Generation)
            {
                return;
            }

            await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token);
            if (context.Operation is { } operation)
            {
                await operations.UpdateAsync(connection, operation.Id, follows is null ? "succeeded" : "running", follows ?? "Done.", operation.Steps, token);
            }
        }, cancellationToken);
        if (!context.Row.IsSpare)
        {
            await spares.EnsureAsync(context, cancellationToken);
        }

        return follows is null ? Requeue.Settled : Requeue.After(FollowAgain);
    }

    /// <summary>A spare that isn't wanted any more is taken down; one that is waits while somebody waits for something of their own.</summary>
    private async Task<Requeue?> HoldBackAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        if (await spares.UnwantedAsync(context, cancellationToken) is { } reason)
        {
            await context.Lease.WriteAsync(async (connection, token) =>
            {
                if (await spares.GiveUpAsync(connection, context, token))
                {
                    await ledger.AppendAsync(connection, new LedgerEntry(
                        "system:" + Kind, Kind + ".give-up-spare", "done", context.Row.Space.OrganizationId, context.Path, context.Row.Id, Reason: reason), token);
                }
            }, cancellationToken);
            return Requeue.After(TimeSpan.Zero);
        }

        return await spares.WaitsAsync(context, cancellationToken) ? Requeue.After(SpareWait) : null;
    }

    /// <summary>The last of a deletion: the record itself, and with it the name, is free again.</summary>
    private async Task<Requeue> ForgetAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            foreach (var owner in context.Notes.Shared?.Owners ?? [])
            {
                await addresses.ReleaseAsync(connection, owner, token);
            }

            foreach (var node in context.Nodes)
            {
                await agents.RemoveAsync(connection, node.InstanceId, token);
                await addresses.ReleaseAsync(connection, node.InstanceId, token);
            }

            await resources.RemoveAsync(connection, context.Row.Id, token);
            await spares.GoneAsync(connection, context.Row, token);
            if (context.Operation is { } operation)
            {
                await operations.UpdateAsync(connection, operation.Id, "succeeded", "Deleted; its key is destroyed.", operation.Steps, token);
            }

            await ledger.AppendAsync(connection, context.Entry("forget", null), token);
        }, cancellationToken);
        return Requeue.Finished;
    }
}
