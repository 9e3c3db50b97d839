using System.Security.Cryptography;

namespace Beffroi.Transparency.Escrow;

/// <summary>
/// One share of a secret, as SLIP-0039 writes it in words: 15 bits by which shares of one secret know each other, a flag, 4 bits of iteration exponent, five
/// numbers of 4 bits, the value, and a checksum of 30 bits. Dispose of it: the value is cleared.
/// </summary>
public sealed class Slip39Share : IDisposable
{
    private const int HeaderWords = 4;
    private const int ShortestWords = HeaderWords + 13 + Rs1024.Length;

    // More than 512 bits of secret have no use.
    private const int LongestWords = HeaderWords + 52 + Rs1024.Length;

    internal Slip39Share(int identifier, bool extendable, int iterationExponent, int groupIndex, int groupThreshold, int groupCount, int index, int threshold, byte[] value) =>
        (Identifier, Extendable, IterationExponent, GroupIndex, GroupThreshold, GroupCount, Index, Threshold, Value) =
        (identifier, extendable, iterationExponent, groupIndex, groupThreshold, groupCount, index, threshold, value);

    /// <summary>By which shares of one secret know each other; 15 bits, random.</summary>
    public int Identifier { get; }

    /// <summary>Whether the same secret may be shared again under another identifier.</summary>
    public bool Extendable { get; }

    /// <summary>How much a guess at the passphrase costs: 10,000 · 2ⁿ iterations; 0 to 15.</summary>
    public int IterationExponent { get; }

    /// <summary>Of which group; 0 to 15. What this program makes has one group.</summary>
    public int GroupIndex { get; }

    /// <summary>How many groups open the secret; 1 to 16.</summary>
    public int GroupThreshold { get; }

    /// <summary>How many groups there are; 1 to 16.</summary>
    public int GroupCount { get; }

    /// <summary>Its place in its group; 0 to 15.</summary>
    public int Index { get; }

    /// <summary>How many shares open its group; 1 to 16.</summary>
    public int Threshold { get; }

    internal byte[] Value { get; }

    /// <summary>Reads a share from its words.</summary>
    /// <param name="mnemonic">The words, with any white space between them.</param>
    /// <exception cref="Slip39Exception">They are none: a word was changed, left out or added.</exception>
    public static Slip39Share Parse(string mnemonic)
    {
        ArgumentNullException.ThrowIfNull(mnemonic);
        var texts = mnemonic.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (texts.Length is < ShortestWords or > LongestWords || Padding(texts.Length) > 8)
        {
            throw new Slip39Exception($"A share has 20 or 33 words, or another length of the standard's; this has {texts.Length}.");
        }

        var words = texts.Select((text, i) => Slip39Words.Number(text) ?? throw new Slip39Exception($"Word {i + 1}, “{Shown(text)}”, is not in SLIP-0039's list.")).ToArray();
        var start = (words[0] << Slip39Words.BitsPerWord) | words[1];
        var extendable = ((start >> 4) & 1) == 1;
        if (!Rs1024.Holds(words, extendable))
        {
            throw new Slip39Exception("The checksum is wrong: at least one word is another than it was, or they are in another order.");
        }

        var numbers = (words[2] << Slip39Words.BitsPerWord) | words[3];
        var share = new Slip39Share(
            start >> 5, extendable, start & 15, (numbers >> 16) & 15, ((numbers >> 12) & 15) + 1, ((numbers >> 8) & 15) + 1, (numbers >> 4) & 15, (numbers & 15) + 1,
            ToBytes(words.AsSpan(HeaderWords..^Rs1024.Length)));
        return share.GroupThreshold <= share.GroupCount ? share : throw new Slip39Exception("It asks for more groups than there are.");
    }

    /// <summary>Its words, with a space between them.</summary>
    public string ToMnemonic()
    {
        var start = (Identifier << 5) | (Extendable ? 16 : 0) | IterationExponent;
        var numbers = (GroupIndex << 16) | ((GroupThreshold - 1) << 12) | ((GroupCount - 1) << 8) | (Index << 4) | (Threshold - 1);
        int[] words = [start >> 10, start & 1023, numbers >> 10, numbers & 1023, .. ToWords(Value)];
        return string.Join(' ', words.Concat(Rs1024.Create(words, Extendable)).Select(Slip39Words.Word));
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(Value);

    /// <summary>Tells what is public of it.</summary>
    public override string ToString() => $"share {Index + 1}, any {Threshold} of which open the secret {Identifier}";

    // A typing error is shown; a whole other secret that was pasted by mistake is not.
    private static string Shown(string text) => text.Length <= 12 && text.All(char.IsAsciiLetter) ? text : "…";

    // The value is a multiple of 16 bits, filled up with zeroes in front to whole words.
    private static int Padding(int words) => (words - HeaderWords - Rs1024.Length) * Slip39Words.BitsPerWord % 16;

    private static byte[] ToBytes(ReadOnlySpan<int> words)
    {
        var bits = words.Length * Slip39Words.BitsPerWord;
        var value = new byte[(bits - (bits % 16)) / 8];
        for (var bit = 0; bit < bits; bit++)
        {
            if (((words[bit / Slip39Words.BitsPerWord] >> (Slip39Words.BitsPerWord - 1 - (bit % Slip39Words.BitsPerWord))) & 1) == 0)
            {
                continue;
            }

            var at = bit - (bits % 16);
            if (at < 0)
            {
                throw new Slip39Exception("Its padding isn't zero: no program that follows SLIP-0039 made it.");
            }

            value[at / 8] |= (byte)(0x80 >> (at % 8));
        }

        return value;
    }

    private static int[] ToWords(byte[] value)
    {
        var words = new int[((value.Length * 8) + Slip39Words.BitsPerWord - 1) / Slip39Words.BitsPerWord];
        var padding = (words.Length * Slip39Words.BitsPerWord) - (value.Length * 8);
        for (var bit = 0; bit < value.Length * 8; bit++)
        {
            if ((value[bit / 8] & (0x80 >> (bit % 8))) != 0)
            {
                var at = bit + padding;
                words[at / Slip39Words.BitsPerWord] |= 1 << (Slip39Words.BitsPerWord - 1 - (at % Slip39Words.BitsPerWord));
            }
        }

        return words;
    }
}
