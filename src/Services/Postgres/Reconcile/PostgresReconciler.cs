using Beffroi.Kernel;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Beffroi.Platform.Tenancy;
using Beffroi.Reconciling;
using Beffroi.Services.Postgres.Reconcile.Steps;
using Beffroi.Services.Postgres.Spares;
using Npgsql;

namespace Beffroi.Services.Postgres.Reconcile;

/// <summary>
/// Keeps one PostgreSQL as its customer asked for it. <see cref="BringUp"/> and <see cref="TakeDown"/> are the whole story.
/// </summary>
internal sealed class PostgresReconciler(
    NpgsqlDataSource store,
    IResources resources,
    IOperations operations,
    IAgents agents,
    IAddresses addresses,
    ILedger ledger,
    PostgresSpares spares,
    RecipeRunner runner,
    TimeProvider time,
    SpaceNetworkStep spaceNetwork,
    ResourceKeyStep resourceKey,
    IdentityStep identity,
    VolumeStep volume,
    ConfigurationStep configuration,
    InstanceStep instance,
    AgentStep agent,
    DatabaseStep database,
    DurabilityStep durability,
    MaintenanceStep maintenance,
    ShrinkStep shrink,
    EndpointStep endpoint,
    ForgetTokenStep forgetToken,
    RemoveInstanceStep removeInstance,
    RemoveVolumeStep removeVolume,
    DestroyKeyStep destroyKey) : IReconciler
{
    private static readonly TimeSpan SpareWait = TimeSpan.FromSeconds(2);

    public string Kind => PostgresKind.Name;

    private IReadOnlyList<IStep<PostgresContext>> BringUp(PostgresContext context) =>
    [
        spaceNetwork, resourceKey, identity, volume, configuration, instance, agent, database,
        .. context.IsCluster || context.Operation is { Verb: MaintenanceStep.Restart } ? [durability, maintenance, shrink] : Array.Empty<IStep<PostgresContext>>(),
        endpoint, forgetToken,
    ];

    private IReadOnlyList<IStep<PostgresContext>> TakeDown =>
        [removeInstance, removeVolume, destroyKey];

    public async Task<Requeue> ReconcileAsync(ILease lease, CancellationToken cancellationToken)
    {
        if (await LoadAsync(lease, cancellationToken) is not { } context)
        {
            return Requeue.Finished;
        }

        var deleting = context.Row.DeletionRequestedAt is not null;
        if (context.Row.IsSpare && !deleting && await HoldBackAsync(context, cancellationToken) is { } instead)
        {
            return instead;
        }

        context.Status = context.Status with { State = deleting ? "deleting" : Unsettled(context) };
        var waiting = deleting
            ? await runner.RunAsync("delete", TakeDown, context, cancellationToken)
            : await runner.RunAsync(context.Row.IsSpare ? "prepare" : "create", BringUp(context), context, cancellationToken);
        if (waiting is not null)
        {
            return Requeue.After(waiting.Again);
        }

        return deleting ? await ForgetAsync(context, cancellationToken) : await SettleAsync(context, cancellationToken);
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

        return new PostgresContext(row, lease, operation, known);
    }

    private static string Unsettled(PostgresContext context) =>
        context.Status.ObservedGeneration == 0 ? "creating"
        : context.Status.ObservedGeneration < context.Row.Generation ? "updating"
        : context.Status.State;

    private async Task<Requeue> SettleAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        context.Status = context.Status with { State = "ready", ObservedGeneration = context.Row.Generation };
        context.Conditions = Condition.Set(
            context.Conditions, new Condition("Ready", true, "Ready", "The database accepts connections.", time.GetUtcNow()));
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
                await operations.UpdateAsync(connection, operation.Id, "succeeded", "Done.", operation.Steps, token);
            }
        }, cancellationToken);
        if (!context.Row.IsSpare)
        {
            await spares.EnsureAsync(context, cancellationToken);
        }

        return Requeue.Settled;
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

            await ledger.AppendAsync(connection, new LedgerEntry(
                "system:" + Kind, Kind + ".forget", "done", context.Row.Space.OrganizationId, context.Path, context.Row.Id,
                context.Row.Generation, OperationId: context.Operation?.Id), token);
        }, cancellationToken);
        return Requeue.Finished;
    }
}
