using Beffroi.Contracts.Agents;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Beffroi.Reconciling;
using Beffroi.Services.Isolation.Reconcile.Steps;
using Npgsql;

namespace Beffroi.Services.Isolation.Reconcile;

/// <summary>
/// Takes one verification from request to verdict, and everything that was made for it away again: <see cref="Recipe"/> is the whole story. One
/// that doesn't get on is judged as it stands after five minutes, or when its organization is sealed; its probes are removed all the same.
/// </summary>
internal sealed class VerificationReconciler(
    NpgsqlDataSource store,
    IResources resources,
    IOperations operations,
    IAgents agents,
    ISeals seals,
    RecipeRunner runner,
    TimeProvider time,
    SpacesStep spaces,
    ProbeIdentityStep identity,
    ProbesStep probes,
    ListenStep listen,
    AttemptStep attempt,
    CollectStep collect,
    JudgeStep judge,
    RemoveProbesStep removeProbes,
    RemoveSpaceStep removeSpace) : IReconciler
{
    internal static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public string Kind => IsolationRoutes.Kind;

    private IReadOnlyList<IStep<VerificationContext>> Recipe => [spaces, identity, probes, listen, attempt, collect, judge, removeProbes, removeSpace];

    public async Task<Requeue> ReconcileAsync(ILease lease, CancellationToken cancellationToken)
    {
        if (await LoadAsync(lease, cancellationToken) is not { } context || context.Notes.Removed)
        {
            return Requeue.Finished;
        }

        if (await runner.RunAsync("verify", Recipe, context, cancellationToken) is { } waiting)
        {
            return Requeue.After(waiting.Again);
        }

        context.Notes = context.Notes with { Removed = true };
        await lease.WriteAsync(async (connection, token) =>
        {
            await resources.UpdateObservedAsync(connection, context.Row.Id, context.StatusJson(), context.InternalJson(), token);
            if (context.Operation is { } operation)
            {
                await operations.UpdateAsync(connection, operation.Id, "succeeded", context.Status.Message, operation.Steps, token);
            }
        }, cancellationToken);
        return Requeue.Finished;
    }

    private async Task<VerificationContext?> LoadAsync(ILease lease, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        if (await resources.FindAsync(connection, lease.Key.Id, cancellationToken) is not { } row)
        {
            return null;
        }

        var facts = new Dictionary<string, ProbeFacts>();
        foreach (var probe in VerificationView.Notes(row).Probes ?? [])
        {
            if ((await agents.FindAsync(connection, probe.InstanceId, cancellationToken))?.Facts?.Probe is { } told)
            {
                facts[probe.Role] = told;
            }
        }

        var operation = row.OperationId is { } id ? await operations.FindAsync(connection, id, cancellationToken) : null;
        var isSealed = (await seals.FindAsync(connection, row.Space.OrganizationId, cancellationToken)).IsSealed;
        return new VerificationContext(row, lease, operation, facts, late: isSealed || time.GetUtcNow() - row.CreatedAt > Limit);
    }
}
