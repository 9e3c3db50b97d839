namespace Beffroi.Transparency.Witnessing;

/// <summary>A witness's word on a checkpoint.</summary>
/// <param name="Witness">Its name.</param>
/// <param name="At">When it signed that this was the largest it had seen of the log, UTC, to the second.</param>
public sealed record Cosignature(string Witness, DateTimeOffset At);

/// <summary>Whose cosignatures someone demands of a checkpoint before they believe that everyone is shown the same log.</summary>
/// <param name="Witnesses">Keys of the kind <see cref="NoteAlgorithm.Cosignature"/>.</param>
/// <param name="Needed">How many of them, 1 to their number.</param>
public sealed record WitnessPolicy(IReadOnlyList<NoteKey> Witnesses, int Needed)
{
    /// <summary>What is missing; null if enough of the witnesses cosigned.</summary>
    /// <param name="note">The checkpoint with its signatures; that of the log is verified elsewhere.</param>
    /// <param name="found">Who cosigned, as far as they are among the witnesses.</param>
    public Finding? Check(string note, out IReadOnlyList<Cosignature> found)
    {
        var signed = SignedNote.Parse(note);
        var all = new List<Cosignature>();
        foreach (var witness in signed is null ? [] : Witnesses)
        {
            if (witness.Verify(signed!, out var forged) is { } signature)
            {
                all.Add(new Cosignature(witness.Name, NoteKey.TimeOf(signature)));
            }
            else if (forged)
            {
                found = all;
                return new Finding(Fault.Forged, null, $"A cosignature in the name of the witness {witness.Name} isn't its own.");
            }
        }

        found = all;
        return all.Count >= Needed ? null
            : new Finding(Fault.NotCosigned, null, $"{all.Count} of {Needed} needed witnesses cosigned the checkpoint: nobody independent says that everyone is shown this log.");
    }
}
