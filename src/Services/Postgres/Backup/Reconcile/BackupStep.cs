using System.Text.Json;
using Beffroi.Platform.Steps;
using Beffroi.Services.Postgres.Reconcile;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>
/// The database has a place in its space's repository. Nothing is waited for: the database serves meanwhile, and conditions of their own tell how its
/// backup stands.
/// </summary>
internal sealed class BackupStep(SpaceRepository repository, BackupTurnover turnover, TimeProvider time) : IStep<PostgresContext>
{
    public string Name => "backup";

    public string Title => "The database is in its space's backup repository";

    public string Condition => "BackupArranged";

    public async Task<StepResult> EnsureAsync(PostgresContext context, CancellationToken cancellationToken)
    {
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            if (await BackupRows.RestoreOfAsync(connection, context.Row.Id, token) is { Done: false })
            {
                // It is a database of its own from now on.
                await BackupRows.EndRestoreAsync(connection, context.Row.Id, token);
            }

            var state = await repository.FindAsync(connection, context.Row.Space.Id, token);
            await turnover.AdvanceAsync(connection, context, state, token);
            var note = state?.Notes.Of(BackupStanza.Of(context.Row.Id, context.Notes)[^1].Name);
            if (state is null)
            {
                await repository.EnsureAsync(connection, context.Row.Space, context.Operation?.Id, token);
            }
            else
            {
                await repository.FollowAsync(connection, context.Row, token);
            }

            var stanza = state?.Of(context.Row);
            var archive = context.Nodes.Select(node => node.Agent?.Facts?.Postgres?.Archive).FirstOrDefault(facts => facts is not null);
            var drills = await BackupRows.DrillsAsync(connection, context.Row.Id, 1, token);
            var drill = drills.Count > 0 ? JsonSerializer.Deserialize(drills[0], BackupStoreJson.Default.PostgresDrill) : null;
            var window = BackupView.Window(stanza, archive, context.Status.Backup);
            context.Status = context.Status with { Backup = window is null ? null : window with { ShorterFrom = note?.Waiting?.From } };
            foreach (var condition in BackupConditions.Of(context.Spec.BackupOrDefault, stanza, archive, drill, time.GetUtcNow()))
            {
                context.Conditions = Kernel.Condition.Set(context.Conditions, condition);
            }
        }, cancellationToken);
        return StepResult.Holds;
    }
}
