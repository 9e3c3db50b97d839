using Beffroi.Contracts.Agents;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Steps;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>What the repository's agent shall bring about: every database of the space, with who may push and who may read.</summary>
internal sealed class RepositoryConfigurationStep(IAgents agents, SpaceRepository repository, TimeProvider time) : IStep<RepositoryContext>
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
        var stanza = await repository.WantedAsync(connection, database, cancellationToken);
        var known = context.Notes.Of(stanza.Name);
        var note = Lock(known, BackupKind.LockDays(PostgresView.Spec(database).BackupOrDefault)) with
        {
            Wanted = SpaceRepository.Hash(stanza),
            Readers = [.. stanza.Readers.Select(Guid.Parse)],
        };
        stanza.KeepDays = note.FreeAfterDays(time.GetUtcNow());
        configuration.Stanzas.Add(stanza);
        notes.Add(stanza.Name, note);
    }

    // A shorter lock is for what is finished from now on: what the longer one locked stays, and is expired only when it is free.
    private StanzaNotes Lock(StanzaNotes? known, int days)
    {
        var now = time.GetUtcNow();
        return known is null ? new StanzaNotes("", "", [], days)
            : known.LockDays == days ? known
            : days > known.LockDays ? known with { LockDays = days }
            : known with
            {
                LockDays = days,
                LongerDays = Math.Max(known.LockDays, known.LongerUntil > now ? known.LongerDays : 0),
                LongerUntil = now.AddDays(known.LockDays) is var until && known.LongerUntil > until ? known.LongerUntil : until,
            };
    }
}
