using System.Text.Json;
using Beffroi.Contracts.Agents;
using Beffroi.Kernel;
using Beffroi.Platform.Ledger;
using Beffroi.Platform.Resources;
using Beffroi.Platform.Steps;
using Beffroi.Reconciling;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>
/// What the repository says reaches whom it is about: requests that are done, drills' certificates on the ledger, and a word to each database of
/// which something has changed.
/// </summary>
internal sealed class RepositoryReadyStep(ILedger ledger, ISignals signals) : IStep<RepositoryContext>
{
    public string Name => "ready";

    public string Title => "The databases know of their backups";

    public string Condition => "Serving";

    public async Task<StepResult> EnsureAsync(RepositoryContext context, CancellationToken cancellationToken)
    {
        var facts = context.Agent!.Facts!.Repository;
        await context.Lease.WriteAsync(async (connection, token) =>
        {
            var notes = new Dictionary<string, StanzaNotes>(context.Notes.Stanzas ?? new Dictionary<string, StanzaNotes>());
            foreach (var (database, name) in context.Databases.SelectMany(d => BackupStanza.Of(d).Select(s => (d, s.Name))))
            {
                var stanza = facts.Stanzas.FirstOrDefault(s => s.Name == name) ?? new StanzaFacts { Name = name };
                await RecordAsync(connection, context, database, stanza, token);
                var told = SpaceRepository.Hash(new StanzaFacts(stanza) { WalMin = "", WalMax = "", Running = "" }) + context.Status.Address;
                if (notes.TryGetValue(name, out var note) && note.Told != told)
                {
                    notes[name] = note with { Told = told };
                    await signals.SignalAsync(connection, new WorkKey(PostgresKind.Name, database.Id), cancellationToken: token);
                }
            }

            context.Notes = context.Notes with { Stanzas = notes };
        }, cancellationToken);
        return StepResult.Holds;
    }

    private async Task RecordAsync(NpgsqlConnection connection, RepositoryContext context, ResourceRow database, StanzaFacts stanza, CancellationToken cancellationToken)
    {
        foreach (var id in stanza.Backups.Select(b => b.RequestId).Concat(stanza.Drills.Select(d => d.Id)))
        {
            if (Guid.TryParse(id, out var request))
            {
                await BackupRows.DoneAsync(connection, request, cancellationToken);
            }
        }

        foreach (var drill in stanza.Drills)
        {
            var certificate = JsonSerializer.Serialize(BackupView.Drill(drill), BackupStoreJson.Default.PostgresDrill);
            if (await BackupRows.KeepDrillAsync(connection, database.Id, drill, certificate, cancellationToken))
            {
                await ledger.AppendAsync(connection, new LedgerEntry(
                    $"agent:{context.InstanceId}", "postgres.restore-drill", drill.Passed ? "done" : "failed", context.Row.Space.OrganizationId, PostgresView.Path(database), database.Id,
                    database.Generation, LedgerReason.Stated(certificate), OnBehalfOf: await BackupRows.RequesterAsync(connection, drill.Id, cancellationToken)), cancellationToken);
            }
        }
    }
}
