using Beffroi.Infrastructure;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Steps;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>
/// The repository is stopped, after the space's databases: a PostgreSQL that ends waits until its last WAL is archived, and would wait in vain.
/// </summary>
internal sealed class StopRepositoryStep(NpgsqlDataSource store, IInfrastructure infrastructure, IAgents agents) : IStep<RepositoryContext>
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    public string Name => "stop-instance";

    public string Title => "The repository is stopped";

    public string Condition => "InstanceStopped";

    public async Task<StepResult> EnsureAsync(RepositoryContext context, CancellationToken cancellationToken)
    {
        if (context.Notes.InstanceId is { } instance)
        {
            if (await DatabasesRunAsync(context.Row.Space.Id, cancellationToken))
            {
                return StepResult.Waiting("The space's databases are stopped first, as their last WAL goes here.", LookAgain);
            }

            await infrastructure.StopInstanceAsync(new InstanceRequest(context.Fence, instance, context.Row.Space.Id), cancellationToken);

            // What it reported while it ran must not be taken for what it does when it runs again.
            await context.Lease.WriteAsync((connection, token) => agents.ForgetFactsAsync(connection, instance, token), cancellationToken);
        }

        return StepResult.Holds;
    }

    // What a node reported is forgotten once it is stopped; one that is silent has ended in another way.
    private async Task<bool> DatabasesRunAsync(Guid space, CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        var running = await connection.Statement("""
            select from platform.agents a join platform.resources r on r.id = a.resource_id
            where a.space_id = $1 and r.kind = 'postgres' and a.facts is not null and a.last_seen_at > now() - interval '30 seconds' limit 1
            """, space).ListAsync(_ => true, cancellationToken);
        return running.Count > 0;
    }
}
