using System.Security.Cryptography;
using System.Text;

namespace Beffroi.Kernel;

/// <summary>
/// Bytes that must never be shown: <see cref="ToString"/> prints nothing of them, comparison takes constant time,
/// and <see cref="Dispose"/> overwrites them. Not thread-safe against a concurrent <see cref="Dispose"/>.
/// </summary>
public sealed class Secret : IDisposable, IEquatable<Secret>
{
    private readonly byte[] _bytes;

    // Pinned: what the collector moves stays where it was as well, and only the new place is overwritten.
    private Secret(int length) => _bytes = GC.AllocateArray<byte>(length, pinned: true);

    /// <summary>Takes a copy of <paramref name="bytes"/>; the caller still owns, and should clear, its own.</summary>
    public static Secret FromBytes(ReadOnlySpan<byte> bytes)
    {
        var secret = new Secret(bytes.Length);
        bytes.CopyTo(secret._bytes);
        return secret;
    }

    /// <summary>The UTF-8 form of <paramref name="text"/>.</summary>
    public static Secret FromText(string text)
    {
        var secret = new Secret(Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, secret._bytes);
        return secret;
    }

    /// <summary>New random bytes from the system's generator. <paramref name="length"/> is in bytes.</summary>
    public static Secret Random(int length)
    {
        var secret = new Secret(length);
        RandomNumberGenerator.Fill(secret._bytes);
        return secret;
    }

    /// <summary>The bytes themselves. Named so that every reading of a secret can be found.</summary>
    public ReadOnlySpan<byte> Reveal() => _bytes;

    /// <summary>The bytes read as UTF-8.</summary>
    public string RevealText() => Encoding.UTF8.GetString(_bytes);

    /// <inheritdoc/>
    public bool Equals(Secret? other) => other is not null && CryptographicOperations.FixedTimeEquals(_bytes, other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Secret);

    /// <summary>Constant: a hash of the content would leak it into logs and dictionaries.</summary>
    public override int GetHashCode() => 0;

    /// <inheritdoc/>
    public override string ToString() => "(secret)";

    /// <summary>Overwrites the bytes with zeroes.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}
