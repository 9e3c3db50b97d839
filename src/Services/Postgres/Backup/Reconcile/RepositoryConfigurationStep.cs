using Beffroi.Contracts.Agents;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Protection;
using Beffroi.Platform.Steps;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>What the repository's agent shall bring about: every database of the space, with who may push and who may read.</summary>
internal sealed class RepositoryConfigurationStep(IAgents agents, SpaceRepository repository, OrganizationSafeguards safeguards, TimeProvider time) : IStep<RepositoryContext>
{
    public string Name => "configuration";

    public string Title => "The configuration is written";

    public string Condition => "Configured";

    public async Task<StepResult> EnsureAsync(RepositoryContext context, CancellationToken cancellationToken)
    {
        var before = context.Notes.Version;
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            context.Databases = await repository.DatabasesAsync(connection, context.Row.Space.Id, token);
            var configuration = new RepositoryConfiguration { ListenAddress = context.Status.Address, ProcessMax = RepositoryInstanceStep.Cpus };
            var notes = new Dictionary<string, StanzaNotes>();
            foreach (var database in context.Databases)
            {
                await AddAsync(connection, context, database, configuration, notes, token);
            }

            var version = await agents.SetDesiredAsync(connection, context.InstanceId, new DesiredConfiguration { Repository = configuration }, token);
            context.Notes = context.Notes with { Stanzas = notes, Version = version };
        }, cancellationToken);
        return context.Notes.Version == before ? StepResult.Holds : StepResult.Changed;
    }

    private async Task AddAsync(
        NpgsqlConnection connection, RepositoryContext context, Platform.Resources.ResourceRow database, RepositoryConfiguration configuration,
        Dictionary<string, StanzaNotes> notes, CancellationToken cancellationToken)
    {
        var backup = PostgresView.Spec(database).BackupOrDefault;
        var delay = TimeSpan.FromHours((await safeguards.GetAsync(connection, database.Space.OrganizationId, cancellationToken)).DeletionGraceHours);
        var (days, now) = (BackupKind.LockDays(backup), time.GetUtcNow());
        StanzaNotes? earlier = null;
        foreach (var stanza in await repository.WantedAsync(connection, database, cancellationToken))
        {
            // What waits for a shorter retention waits in a new stanza too: changing the key shortens nothing.
            var known = context.Notes.Of(stanza.Name) ?? (earlier is null ? new StanzaNotes("", "", [], days) : earlier with { Told = "" });
            earlier = known.Retain(days, backup.RetentionFulls, delay, now) with
            {
                Wanted = SpaceRepository.Hash(stanza),
                Readers = [.. stanza.Readers.Select(Guid.Parse)],
            };
            (stanza.KeepDays, stanza.KeepFulls) = (earlier.FreeAfterDays(now), earlier.Fulls);
            configuration.Stanzas.Add(stanza);
            notes.Add(stanza.Name, earlier);
        }
    }
}
