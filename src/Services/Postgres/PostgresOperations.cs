using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Http;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Tenancy;
using Beffroi.Reconciling;
using Beffroi.Services.Postgres.Reconcile.Steps;
using Npgsql;

namespace Beffroi.Services.Postgres;

/// <summary>Begins operations on a PostgreSQL that change nothing of its spec: its reconciler carries them out.</summary>
internal sealed class PostgresOperations(IResources resources, IOperations operations, ISignals signals, ISeals seals)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    /// <summary>
    /// In the caller's transaction. Refused while another operation runs, while the organization is sealed, and after a deletion.
    /// </summary>
    /// <param name="connection">The caller's.</param>
    /// <param name="space">Where.</param>
    /// <param name="name">Of which.</param>
    /// <param name="verb">What.</param>
    /// <param name="prepare">What is particular to the verb: null if it can begin, else why not.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    internal async Task<Result<Accepted>?> BeginAsync(
        NpgsqlConnection connection, SpaceRecord space, string name, string verb, Func<ResourceRow, Task<Problem?>> prepare, CancellationToken cancellationToken)
    {
        var row = ResourceName.IsValid(name)
            ? await resources.LockByNameAsync(connection, space.Id, PostgresRoutes.Kind, name, cancellationToken)
            : null;
        if (row is null)
        {
            return Problems.NotFound;
        }

        if ((await RefusalAsync(connection, row, cancellationToken) ?? await prepare(row)) is { } refusal)
        {
            return refusal;
        }

        var operation = Guid.CreateVersion7();
        await operations.CreateAsync(
            connection,
            new NewOperation(operation, space.Id, row.Id, row.Kind, row.Name, verb, row.Generation, "Waiting for a reconciler to take it up."),
            cancellationToken);
        await resources.UpdateSpecAsync(connection, row.Id, row.Spec, row.Labels, operation, cancellationToken);
        await signals.SignalAsync(connection, new WorkKey(row.Kind, row.Id), Deadline, cancellationToken);
        return PostgresView.Begun(row, (await operations.FindAsync(connection, operation, cancellationToken))!);
    }

    /// <summary>Why nothing is done with one that is stopped.</summary>
    internal static Problem Stopped(string name) => Problem.Conflict("stopped", "The PostgreSQL is stopped", $"Start it first: beffroi postgres start {name}");

    // A rotation whose volumes are done keeps nobody waiting: backups go on changing over, whatever comes next.
    private static bool OnlyBackupsFollow(Operation operation) => operation.Verb == RotateKeyStep.Verb && operation.Steps.Count > 0 && operation.Steps.All(s => s.State == "done");

    private async Task<Problem?> RefusalAsync(NpgsqlConnection connection, ResourceRow row, CancellationToken cancellationToken) =>
        row.DeletionRequestedAt is not null ? Problem.Conflict("being-deleted", "The resource is being deleted", "There is nothing left to maintain.")
        : await PostgresSeal.RefuseAsync(seals, connection, row.Space.OrganizationId, cancellationToken) is { } isSealed ? isSealed
        : PostgresView.Spec(row).Stopped ? Stopped(row.Name)
        : row.OperationId is { } known && await operations.FindAsync(connection, known, cancellationToken) is { State: "running" } running && !OnlyBackupsFollow(running)
            ? Problem.Conflict(
                "operation-running", "Another operation is running", $"The operation {running.Id} ({running.Verb}) has not ended yet. Follow it, and ask again then.")
        : null;
}
