using System.Globalization;
using System.Text;

namespace Beffroi.Transparency;

/// <summary>The proof, in one text file, that an entry is in a log (C2SP tlog-proof). It is verified with the entry and the log's key alone.</summary>
/// <param name="Index">The entry's number, from 0.</param>
/// <param name="Hashes">The path from the leaf's sibling to the root's child.</param>
/// <param name="Checkpoint">A signed checkpoint of a log that has the entry.</param>
public sealed record InclusionProof(long Index, IReadOnlyList<TreeHash> Hashes, string Checkpoint)
{
    private const string Header = "c2sp.org/tlog-proof@v1";

    /// <summary>Reads a proof; null if it isn't one.</summary>
    public static InclusionProof? Parse(string text)
    {
        var end = text.Length > SignedNote.MaxLength + 10_000 ? -1 : text.IndexOf("\n\n", StringComparison.Ordinal);
        var lines = end < 0 ? [] : text[..end].Split('\n').ToList();
        if (lines.Count < 2 || lines[0] != Header)
        {
            return null;
        }

        // Not authenticated, and of no use here; but it has a form.
        if (lines[1].StartsWith("extra ", StringComparison.Ordinal))
        {
            if (Base64.Decode(lines[1].AsSpan(6)) is null)
            {
                return null;
            }

            lines.RemoveAt(1);
        }

        if (lines.Count < 2 || !lines[1].StartsWith("index ", StringComparison.Ordinal) || lines.Count > 2 + MerkleProof.MaxLength
            || !long.TryParse(lines[1].AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            || lines[1][6..] != index.ToString(CultureInfo.InvariantCulture))
        {
            return null;
        }

        var hashes = lines.Skip(2).Select(l => TreeHash.FromBase64(l)).ToList();
        return hashes.TrueForAll(h => h is not null) ? new InclusionProof(index, [.. hashes.Select(h => h!.Value)], text[(end + 2)..]) : null;
    }

    /// <summary>What is wrong with the proof that this entry is in the log; null if it is in it.</summary>
    public Finding? Verify(ReadOnlySpan<byte> entry, NoteKey key)
    {
        if (Transparency.Checkpoint.Open(Checkpoint, key, out var checkpoint) is { } wrong)
        {
            return wrong;
        }

        return MerkleProof.VerifyInclusion(Index, checkpoint.Size, TreeHash.OfLeaf(entry), Hashes, checkpoint.Root)
            ? null
            : new Finding(Fault.Changed, Index, $"The proof doesn't lead from this entry, as number {Index}, to the signed root.");
    }

    /// <summary>The proof as it is kept.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Header).Append(CultureInfo.InvariantCulture, $"\nindex {Index}\n");
        foreach (var hash in Hashes)
        {
            text.Append(hash).Append('\n');
        }

        return text.Append('\n').Append(Checkpoint).ToString();
    }
}
