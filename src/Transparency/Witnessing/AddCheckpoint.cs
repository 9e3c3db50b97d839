using System.Globalization;
using System.Text;

namespace Beffroi.Transparency.Witnessing;

/// <summary>What a log asks a witness to cosign: the body of <c>add-checkpoint</c> (C2SP tlog-witness).</summary>
/// <param name="OldSize">Entries that the log had when this witness last cosigned it; 0 if it never did.</param>
/// <param name="Proof">That the checkpoint continues it (RFC 6962, section 2.1.2); empty if <paramref name="OldSize"/> is 0.</param>
/// <param name="Checkpoint">Signed by the log.</param>
public sealed record AddCheckpoint(long OldSize, IReadOnlyList<TreeHash> Proof, string Checkpoint)
{
    /// <summary>The most characters that <see cref="Parse"/> takes.</summary>
    public const int MaxLength = SignedNote.MaxLength + 10_000;

    private const int MaxProof = 63;

    /// <summary>Reads a request; null if it isn't one.</summary>
    public static AddCheckpoint? Parse(string text)
    {
        var end = text.Length > MaxLength ? -1 : text.IndexOf("\n\n", StringComparison.Ordinal);
        var lines = end < 0 ? [] : text[..end].Split('\n');
        if (lines.Length is 0 or > MaxProof + 1 || !lines[0].StartsWith("old ", StringComparison.Ordinal)
            || !long.TryParse(lines[0].AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var old)
            || lines[0][4..] != old.ToString(CultureInfo.InvariantCulture))
        {
            return null;
        }

        var proof = lines.Skip(1).Select(l => TreeHash.FromBase64(l)).ToList();
        return proof.TrueForAll(h => h is not null) ? new AddCheckpoint(old, [.. proof.Select(h => h!.Value)], text[(end + 2)..]) : null;
    }

    /// <summary>The body as it is sent.</summary>
    public override string ToString()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"old {OldSize}\n");
        foreach (var hash in Proof)
        {
            text.Append(hash).Append('\n');
        }

        return text.Append('\n').Append(Checkpoint).ToString();
    }
}
