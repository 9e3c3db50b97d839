using Beffroi.Platform.Steps;
using Beffroi.Services.Postgres.Reconcile;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>A database that begins as another's past may read that one's backups, before its instance is made; others pass by.</summary>
internal sealed class RestoreAccessStep(SpaceRepository repository, NpgsqlDataSource store) : IStep<PostgresContext>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    public string Name => "restore-access";

    public string Title => "The backup to begin from can be read";

    public string Condition => "RestoreAllowed";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        if (await BackupRows.RestoreOfAsync(connection, context.Row.Id, cancellationToken) is not { Done: false } restore)
        {
            return StepResult.Holds;
        }

        var state = await repository.FindAsync(connection, context.Row.Space.Id, cancellationToken);
        if (state?.Notes.Of(restore.Stanza.ToString("N")) is { } stanza && context.Nodes.All(node => stanza.Readers.Contains(node.InstanceId))
            && state.Agent?.Facts?.AppliedVersion >= state.Notes.Version)
        {
            return StepResult.Holds;
        }

        await context.Lease.WriteAsync((fenced, token) => repository.WakeAsync(fenced, context.Row.Space.Id, token), cancellationToken);
        return StepResult.Waiting("Waiting for the repository to let this database read the backup.", LookAgain);
    }
}
