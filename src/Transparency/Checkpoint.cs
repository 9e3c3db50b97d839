using System.Globalization;

namespace Beffroi.Transparency;

/// <summary>The state of a log at a size (C2SP tlog-checkpoint): it says which entries there are, and that no others ever stood there.</summary>
/// <param name="Origin">Which log.</param>
/// <param name="Size">Entries in it, 0 or more.</param>
/// <param name="Root">The root of their tree.</param>
public sealed record Checkpoint(string Origin, long Size, TreeHash Root)
{
    /// <summary>What is signed.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Root}\n");

    /// <summary>Reads the text of a note; null if it isn't a checkpoint. Lines beyond the third are allowed and ignored.</summary>
    public static Checkpoint? Parse(string text)
    {
        var lines = text.Split('\n');
        return lines.Length >= 4 && lines[..^1].All(l => l.Length > 0) && lines[^1].Length == 0
            && long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) && lines[1] == size.ToString(CultureInfo.InvariantCulture)
            && TreeHash.FromBase64(lines[2]) is { } root && (size > 0 || root == TreeHash.Empty)
            ? new Checkpoint(lines[0], size, root)
            : null;
    }

    /// <summary>Reads a signed checkpoint and verifies that this log's key signed it.</summary>
    /// <param name="note">The checkpoint with its signatures.</param>
    /// <param name="key">The log's key; its name is the log's origin.</param>
    /// <param name="checkpoint">What it says; set if the outcome is null.</param>
    /// <returns>What is wrong with it; null if nothing is.</returns>
    public static Finding? Open(string note, NoteKey key, out Checkpoint checkpoint)
    {
        checkpoint = null!;
        if (SignedNote.Parse(note) is not { } signed)
        {
            // Without any signature a note has no form; say the more telling thing.
            return Parse(note) is null
                ? new Finding(Fault.Malformed, null, "What should be a checkpoint isn't one.")
                : new Finding(Fault.NotSigned, null, "The checkpoint has no signature.");
        }

        if (key.Verify(signed, out var forged) is null)
        {
            return forged
                ? new Finding(Fault.Forged, null, $"The checkpoint's signature isn't that of the log's key {key.Name}.")
                : new Finding(Fault.NotSigned, null, $"The checkpoint has no signature of the log's key {key.Name}.");
        }

        if (Parse(signed.Text) is not { } found)
        {
            return new Finding(Fault.Malformed, null, "What the log's key signed isn't a checkpoint.");
        }

        if (found.Origin != key.Name)
        {
            return new Finding(Fault.OtherLog, null, $"The checkpoint is of the log {found.Origin} and not of {key.Name}.");
        }

        checkpoint = found;
        return null;
    }

    /// <summary>Compares with a checkpoint of the same log that was seen before, given the proof between the smaller and the larger size.</summary>
    /// <returns>What is wrong; null if the newer log begins with all of the older.</returns>
    public Finding? Follows(Checkpoint before, IReadOnlyList<TreeHash> proof)
    {
        if (before.Origin != Origin)
        {
            return new Finding(Fault.OtherLog, null, $"This is the log {Origin}, and {before.Origin} was seen before.");
        }

        if (before.Size > Size)
        {
            return new Finding(Fault.Removed, Size, $"The log ends after {Size} entries, but it had {before.Size} before: the rest was removed.");
        }

        return MerkleProof.VerifyConsistency(before.Size, before.Root, Size, Root, proof)
            ? null
            : new Finding(Fault.Forked, null, $"The log with {Size} entries doesn't continue the one with {before.Size} that was seen before: its past was rewritten, or another was shown to someone else.");
    }
}
