using Beffroi.Transparency;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Ledger.Witnesses;

/// <summary>
/// Has the newest checkpoint of each log cosigned by its witnesses, within a second or two of its signing, and again every five minutes, which
/// shows that the log isn't withheld. Several replicas may do so at once: a witness cosigns what continues the log, however often it is asked.
/// </summary>
internal sealed partial class Cosigning(NpgsqlDataSource source, WitnessClient client, TimeProvider time, ILogger<Cosigning> log) : PeriodicService(Interval, time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Freshness = TimeSpan.FromMinutes(5);

    /// <summary>Asks every witness that is due, once; returns how many cosigned.</summary>
    public async Task<int> CosignAsync(CancellationToken cancellationToken)
    {
        List<LedgerWitness> due;
        await using (var connection = await source.OpenConnectionAsync(cancellationToken))
        {
            due = await LedgerWitnesses.DueAsync(connection, Freshness, cancellationToken);
        }

        // A slow witness of one log keeps no other waiting for longer than its time-out.
        var done = await Task.WhenAll(due.GroupBy(w => w.LogId).Select(g => CosignAsync(g.Key, [.. g], cancellationToken)));
        return done.Sum();
    }

    protected override Task RoundAsync(CancellationToken cancellationToken) => CosignAsync(cancellationToken);

    private async Task<int> CosignAsync(Guid logId, IReadOnlyList<LedgerWitness> witnesses, CancellationToken cancellationToken)
    {
        LedgerHead? head;
        await using (var connection = await source.OpenConnectionAsync(cancellationToken))
        {
            head = await LedgerReader.FindHeadAsync(connection, logId, cancellationToken);
        }

        if (head is null || SignedNote.Parse(head.Checkpoint) is not { } note || Checkpoint.Parse(note.Text) is not { } checkpoint)
        {
            return 0;
        }

        var signatures = await Task.WhenAll(witnesses.Select(w => AskAsync(w, head.Checkpoint, checkpoint.Size, cancellationToken)));
        List<NoteSignature> cosignatures = [.. signatures.OfType<NoteSignature>()];
        if (cosignatures.Count > 0)
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            var kept = await KeptAsync(connection, logId, note, cosignatures, cancellationToken);
            await LedgerWitnesses.KeepAsync(connection, logId, new SignedNote(note.Text, [.. note.Signatures, .. kept, .. cosignatures]).ToString(), checkpoint.Size, cancellationToken);
        }

        return cosignatures.Count;
    }

    /// <summary>Other witnesses' signatures on the same checkpoint, from before.</summary>
    private static async Task<IEnumerable<NoteSignature>> KeptAsync(
        NpgsqlConnection connection, Guid logId, SignedNote note, List<NoteSignature> replaced, CancellationToken cancellationToken)
    {
        var cosigned = await LedgerReader.FindCosignedAsync(connection, logId, cancellationToken);
        return cosigned is not null && SignedNote.Parse(cosigned) is { } before && before.Text == note.Text
            ? before.Signatures.Where(s => !note.Signatures.Concat(replaced).Any(o => o.KeyId == s.KeyId && o.Name == s.Name))
            : [];
    }

    private async Task<NoteSignature?> AskAsync(LedgerWitness witness, string note, long size, CancellationToken cancellationToken)
    {
        try
        {
            var signature = await client.CosignAsync(witness, note, old => ProveAsync(witness.LogId, size, old, cancellationToken), cancellationToken);
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            await LedgerWitnesses.CosignedAsync(connection, witness, size, cancellationToken);
            return signature;
        }
        catch (Exception e) when (e is WitnessException or TileException)
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            await LedgerWitnesses.FailedAsync(connection, witness, e.Message, cancellationToken);
            LogRefused(witness.Name, witness.LogId, e.Message);
            return null;
        }
    }

    private async Task<IReadOnlyList<TreeHash>> ProveAsync(Guid logId, long size, long old, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await new TiledTree(new LedgerTiles(connection, logId), size).ConsistencyProofAsync(old, cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Checkpoints could not be given to their witnesses; tried again.")]
    protected override partial void Failed(Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The witness {Witness} of log {LogId} did not cosign. {Reason}")]
    private partial void LogRefused(string witness, Guid logId, string reason);
}
