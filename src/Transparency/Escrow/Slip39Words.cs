using System.Collections.Frozen;

namespace Beffroi.Transparency.Escrow;

/// <summary>The 1024 words of SLIP-0039, each 10 bits; they are told apart by their first four letters. Immutable.</summary>
internal static class Slip39Words
{
    public const int BitsPerWord = 10;

    private static readonly string[] Words = Load();
    private static readonly FrozenDictionary<string, int> Numbers = Words.Select((word, number) => (word, number)).ToFrozenDictionary(w => w.word, w => w.number, StringComparer.OrdinalIgnoreCase);

    public static string Word(int number) => Words[number];

    /// <summary>The word's number; null if it isn't in the list. Capital letters count as small ones.</summary>
    public static int? Number(string word) => Numbers.TryGetValue(word, out var number) ? number : null;

    private static string[] Load()
    {
        using var stream = typeof(Slip39Words).Assembly.GetManifestResourceStream("slip39-words.txt")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
