using System.Text;

namespace Beffroi.Hosts.Cli.Encryption;

/// <summary>Sequences of bytes, of which any is looked for. Immutable.</summary>
internal sealed class SoughtBytes(IReadOnlyList<byte[]> sequences)
{
    /// <summary>What is looked for.</summary>
    public IReadOnlyList<byte[]> Sequences => sequences;

    /// <summary>The length of the longest, in bytes.</summary>
    public int Longest { get; } = sequences.Max(sequence => sequence.Length);

    /// <summary>Text as files and PostgreSQL have it (ASCII), and as .NET has it in memory (UTF-16).</summary>
    public static IEnumerable<byte[]> Of(string text) => [Encoding.ASCII.GetBytes(text), Encoding.Unicode.GetBytes(text)];

    /// <summary>Whether one of them is in these bytes.</summary>
    public bool AreIn(ReadOnlySpan<byte> bytes)
    {
        foreach (var sequence in sequences)
        {
            if (bytes.IndexOf(sequence) >= 0)
            {
                return true;
            }
        }

        return false;
    }
}
