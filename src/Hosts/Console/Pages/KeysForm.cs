using System.Security.Cryptography;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>Public keys as they were pasted: PEM blocks, one after another. What is wrong with them, the API says.</summary>
/// <param name="Text">All of it.</param>
internal sealed record KeysForm(string Text)
{
    /// <summary>The most characters.</summary>
    public const int Longest = 6000;

    public static KeysForm Of(IReadOnlyList<string> keys) => new(string.Join("\n", keys));

    /// <summary>As it was pasted. A browser sends its own line ends, which would make another key of the same.</summary>
    public static KeysForm Of(Func<string, string> field) => new(field("keys").ReplaceLineEndings("\n"));

    /// <summary>Whether something is in it that is nobody else's business.</summary>
    public bool HasPrivateKey => Text.Contains("PRIVATE KEY", StringComparison.Ordinal);

    /// <summary>Each block, and what stands beside blocks as one that the API refuses.</summary>
    public IReadOnlyList<string> Keys()
    {
        var keys = new List<string>();
        var rest = Text.AsSpan();
        while (PemEncoding.TryFind(rest, out var found))
        {
            Add(rest[..found.Location.Start.Value]);
            Add(rest[found.Location]);
            rest = rest[found.Location.End.Value..];
        }

        Add(rest);
        return keys;

        void Add(ReadOnlySpan<char> text)
        {
            if (!text.IsWhiteSpace())
            {
                keys.Add(text.Trim().ToString());
            }
        }
    }
}
