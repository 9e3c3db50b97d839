using System.Globalization;
using Beffroi.Contracts.Agents;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Ledger;
using Beffroi.Services.Postgres.Reconcile;
using Npgsql;

namespace Beffroi.Services.Postgres.Backup.Reconcile;

/// <summary>
/// Backups follow the database's key: with a new generation comes a new stanza. Both take WAL until the new one has a full backup and the old one every
/// moment before it, so that no moment is lost; then the old one ends, and what is in it is kept for as long as a restore may need it. Then its key is
/// destroyed. Each call does what can be done now; it is called in a fenced transaction. Stateless.
/// </summary>
internal sealed class BackupTurnover(SpaceRepository repository, IResourceKeys keys, ILedger ledger, TimeProvider time)
{
    internal const string Condition = "BackupKeyRotated";

    // Until its agent has it, a node still archives to a stanza that has ended; that must not hold its WAL up.
    internal static readonly TimeSpan Farewell = TimeSpan.FromHours(1);

    /// <summary>Why not all that is backed up now is under the database's newest key yet, in a person's words; null if it is.</summary>
    internal static string? Waiting(PostgresContext context) => context.Conditions.FirstOrDefault(c => c.Type == Condition) is { Holds: false } condition ? condition.Message : null;

    /// <summary>Takes each stanza as far as it can go now, and says in a condition how far that is.</summary>
    public async Task AdvanceAsync(NpgsqlConnection connection, PostgresContext context, RepositoryState? state, CancellationToken cancellationToken)
    {
        var before = BackupStanza.Of(context.Row.Id, context.Notes);
        var after = before.ToList();
        await BeginAsync(connection, context, after, cancellationToken);
        for (var i = 0; i < after.Count; i++)
        {
            after[i] = Next(context, state, after[i]);
        }

        var now = time.GetUtcNow();
        if (after.Count(s => s.Stage != StanzaStage.Ended) > 1 && MayTakeOver(context, after[^1], state))
        {
            await EndAsync(connection, context, after, now, cancellationToken);
        }

        await ForgetAsync(connection, context, state, after, now, cancellationToken);
        if (!after.SequenceEqual(before))
        {
            context.Notes = context.Notes with { Stanzas = after };
            await RetireAsync(connection, context, after, cancellationToken);
            await repository.WakeAsync(connection, context.Row.Space.Id, cancellationToken);
        }

        Tell(context, state, after, now);
    }

    // Volumes first: a database of one node rests for them, and its first backup under the new key is of what serves afterwards.
    private async Task BeginAsync(NpgsqlConnection connection, PostgresContext context, List<BackupStanza> stanzas, CancellationToken cancellationToken)
    {
        if (stanzas[^1].KeyGeneration < context.Notes.KeyGeneration && context.Nodes.All(node => node.Notes.KeyGeneration == context.Notes.KeyGeneration))
        {
            var stanza = new BackupStanza(Guid.NewGuid(), context.Notes.KeyGeneration, StanzaStage.Announced);
            stanzas.Add(stanza);
            await ledger.AppendAsync(connection, context.Entry("backup-key.rotate", $"stanza {LedgerReason.Name(stanza.Name)} under generation {stanza.KeyGeneration}"), cancellationToken);
        }
    }

    // The repository lets the nodes in, then they archive to it, then it makes the first backup: so that what a backup needs is there whichever node leads.
    private static BackupStanza Next(PostgresContext context, RepositoryState? state, BackupStanza stanza) => stanza.Stage switch
    {
        StanzaStage.Announced when state?.Notes.Of(stanza.Name) is not null && state.Agent?.Facts?.AppliedVersion >= state.Notes.Version => stanza with { Stage = StanzaStage.Archived },
        StanzaStage.Archived when context.Nodes.All(node => node.Ready) => stanza with { Stage = StanzaStage.BackedUp },
        _ => stanza,
    };

    private static bool MayTakeOver(PostgresContext context, BackupStanza newest, RepositoryState? state)
    {
        var until = context.Nodes.Select(node => node.Facts?.Archive).FirstOrDefault(facts => facts is not null)?.RestorableUntil ?? 0;
        return FirstBackup(state, newest) is { } first && until > (first.FinishedAt + 1) * 1000;
    }

    private async Task EndAsync(NpgsqlConnection connection, PostgresContext context, List<BackupStanza> stanzas, DateTimeOffset now, CancellationToken cancellationToken)
    {
        for (var i = 0; i < stanzas.Count - 1; i++)
        {
            if (stanzas[i].Stage != StanzaStage.Ended)
            {
                stanzas[i] = stanzas[i] with { Stage = StanzaStage.Ended, EndedAt = now };
                await ledger.AppendAsync(
                    connection, context.Entry("backup-key.take-over", $"stanza {LedgerReason.Name(stanzas[^1].Name)} under generation {stanzas[^1].KeyGeneration} in place of {LedgerReason.Name(stanzas[i].Name)}"), cancellationToken);
            }
        }
    }

    // One that was never backed up in ends like the others: nobody destroys a key because an agent says nothing.
    private static async Task ForgetAsync(
        NpgsqlConnection connection, PostgresContext context, RepositoryState? state, List<BackupStanza> stanzas, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (stanzas.All(stanza => stanza.EndedAt is null))
        {
            return;
        }

        var fulls = state?.Said(stanzas[^1])?.Backups.Count(b => b is { Type: "full", Damaged: false }) ?? 0;
        var read = await BackupRows.RestoringFromAsync(connection, context.Row.Id, cancellationToken);
        stanzas.RemoveAll(stanza => stanza.EndedAt is { } ended && fulls >= context.Spec.BackupOrDefault.RetentionFulls && read.All(r => r.Stanza != stanza.Id)
            && state?.Notes.Of(stanza.Name) is { } note && now > ended.AddDays(note.FreeAfterDays(now)));
    }

    private async Task RetireAsync(NpgsqlConnection connection, PostgresContext context, List<BackupStanza> stanzas, CancellationToken cancellationToken)
    {
        var used = stanzas.Select(s => s.KeyGeneration).Concat(context.Nodes.SelectMany(node => new[] { node.Notes.KeyGeneration, node.Notes.RekeyTo ?? node.Notes.KeyGeneration })).Distinct();
        if (await keys.RetireAsync(connection, context.Row.Space.OrganizationId, context.Row.Id, [.. used], cancellationToken) is { } destroyed)
        {
            await ledger.AppendAsync(connection, context.Entry("key.destroy", destroyed), cancellationToken);
        }
    }

    private static void Tell(PostgresContext context, RepositoryState? state, List<BackupStanza> stanzas, DateTimeOffset now)
    {
        if (context.Notes.Stanzas is null && stanzas[0].KeyGeneration == context.Notes.KeyGeneration)
        {
            return;
        }

        var newest = stanzas[^1];
        var said = state?.Said(newest);
        var kept = stanzas.Count(s => s.Stage == StanzaStage.Ended);
        var (holds, reason, message) = newest.KeyGeneration < context.Notes.KeyGeneration ? (false, "Waiting", "Backups go under the new key when all volumes are.")
            : stanzas.Count - kept == 1 ? (true, "Done", kept == 0
                ? Text($"All backups are under generation {newest.KeyGeneration} of the key.")
                : Text($"Backups are made under generation {newest.KeyGeneration} of the key; earlier ones are kept under theirs until {stanzas.Max(s => s.EndedAt)?.AddDays(state?.Notes.Of(stanzas[kept - 1].Name)?.FreeAfterDays(now) ?? 0):yyyy-MM-dd}."))
            : newest.Stage == StanzaStage.Announced ? (false, "Waiting", "The repository is being prepared for backups under the new key.")
            : newest.Stage == StanzaStage.Archived ? (false, "Waiting", "Waiting for every node to archive WAL under the new key.")
            : FirstBackup(state, newest) is not null ? (false, "Waiting", "The first backup under the new key is made; the earlier key takes WAL until every moment before it can be restored, some minutes.")
            : said is { Running: "full" } ? (false, "Waiting", "The first full backup under the new key is being made; WAL goes under both keys until then.")
            : said is { Problem: { Length: > 0 } problem } ? (false, "Failing", "Backups go on under the earlier key. Under the new one: " + problem)
            : (false, "Waiting", "WAL is archived under both keys; the first full backup under the new one is next.");
        context.Conditions = Kernel.Condition.Set(context.Conditions, new Condition(Condition, holds, reason, message, now));
    }

    private static BackupFacts? FirstBackup(RepositoryState? state, BackupStanza stanza) => BackupView.First(state?.Said(stanza));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
