using System.Globalization;

namespace Beffroi.Transparency.Witnessing;

/// <summary>A witness's answer to a request.</summary>
/// <param name="Status">HTTP status code.</param>
/// <param name="Body">Cosignature lines, a size or a sentence.</param>
/// <param name="ContentType">Its media type.</param>
public sealed record WitnessAnswer(int Status, string Body, string ContentType = "text/plain; charset=utf-8");

/// <summary>
/// Cosigns checkpoints of the logs it knows, each only if it continues all that it cosigned of that log before (C2SP tlog-witness). So a log that
/// shows two people different pasts can't have both cosigned. Safe for concurrent use.
/// </summary>
/// <param name="signer">Of the kind <see cref="NoteAlgorithm.Cosignature"/>.</param>
/// <param name="logs">The keys of the logs it watches; a log's origin is its key's name, and a log may have several.</param>
/// <param name="state">What it cosigned.</param>
/// <param name="time">Gives the time of a cosignature.</param>
public sealed class Witness(NoteSigner signer, IReadOnlyCollection<NoteKey> logs, IWitnessState state, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Answers <c>POST …/add-checkpoint</c>.</summary>
    /// <param name="body">As it came.</param>
    /// <param name="cancellationToken">Stops before anything is kept.</param>
    /// <exception cref="IOException">What was cosigned can't be read or kept; nothing was cosigned.</exception>
    public async Task<WitnessAnswer> AddCheckpointAsync(string body, CancellationToken cancellationToken)
    {
        if (AddCheckpoint.Parse(body) is not { } request || SignedNote.Parse(request.Checkpoint) is not { } note || Checkpoint.Parse(note.Text) is not { } checkpoint)
        {
            return new WitnessAnswer(400, "This is no add-checkpoint request.\n");
        }

        var keys = logs.Where(k => k.Name == checkpoint.Origin).ToList();
        if (keys.Count == 0)
        {
            return new WitnessAnswer(404, "This witness doesn't watch that log.\n");
        }

        if (!keys.Exists(k => k.Verify(note, out _) is not null))
        {
            return new WitnessAnswer(403, "No known key of the log signed the checkpoint.\n");
        }

        if (request.OldSize > checkpoint.Size)
        {
            return new WitnessAnswer(400, "The old size is larger than the checkpoint's.\n");
        }

        // Looking and keeping are one step: else an older request could roll back what a newer one kept.
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await CosignAsync(request, note, checkpoint, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task<WitnessAnswer> CosignAsync(AddCheckpoint request, SignedNote note, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        var kept = await state.FindAsync(checkpoint.Origin, cancellationToken);
        var latest = kept is null ? new Checkpoint(checkpoint.Origin, 0, TreeHash.Empty)
            : Checkpoint.Parse(kept) ?? throw new IOException($"What was cosigned of {checkpoint.Origin} is damaged.");
        if (request.OldSize != latest.Size || (latest.Size == checkpoint.Size && latest.Root != checkpoint.Root))
        {
            return new WitnessAnswer(409, latest.Size.ToString(CultureInfo.InvariantCulture) + "\n", "text/x.tlog.size");
        }

        if (!MerkleProof.VerifyConsistency(latest.Size, latest.Root, checkpoint.Size, checkpoint.Root, request.Proof))
        {
            return new WitnessAnswer(422, "The checkpoint doesn't continue what this witness cosigned before.\n");
        }

        if (latest.Size != checkpoint.Size || kept is null)
        {
            await state.SaveAsync(checkpoint.Origin, checkpoint.Text, cancellationToken);
        }

        return new WitnessAnswer(200, signer.Cosign(note.Text, time.GetUtcNow()).ToString());
    }
}
