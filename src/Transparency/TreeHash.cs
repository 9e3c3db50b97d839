using System.Diagnostics.CodeAnalysis;
using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Beffroi.Transparency;

/// <summary>A hash in a Merkle tree over SHA-256 (RFC 6962, section 2.1): of a leaf, of an inner node, or the root.</summary>
public readonly struct TreeHash : IEquatable<TreeHash>
{
    /// <summary>Bytes in a hash.</summary>
    public const int Length = SHA256.HashSizeInBytes;

    private readonly Bytes _bytes;

    /// <summary>Takes exactly <see cref="Length"/> bytes.</summary>
    /// <exception cref="ArgumentException">There are more or fewer.</exception>
    public TreeHash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
        {
            throw new ArgumentException($"A hash has {Length} bytes, not {bytes.Length}.", nameof(bytes));
        }

        bytes.CopyTo(_bytes);
    }

    /// <summary>The root of a tree without leaves: the hash of nothing.</summary>
    public static TreeHash Empty => new(SHA256.HashData([]));

    /// <summary>The bytes, for reading where they are.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Span => _bytes;

    /// <summary>The hash of a leaf: SHA-256(0x00 || entry).</summary>
    public static TreeHash OfLeaf(ReadOnlySpan<byte> entry)
    {
        var rented = entry.Length < 1024 ? null : ArrayPool<byte>.Shared.Rent(entry.Length + 1);
        Span<byte> input = rented ?? stackalloc byte[1024];
        input = input[..(entry.Length + 1)];
        input[0] = 0;
        entry.CopyTo(input[1..]);
        var hash = Sha256(input);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }

        return hash;
    }

    /// <summary>The hash of an inner node: SHA-256(0x01 || left || right).</summary>
    public static TreeHash OfNode(in TreeHash left, in TreeHash right)
    {
        Span<byte> input = stackalloc byte[1 + (2 * Length)];
        input[0] = 1;
        left.Span.CopyTo(input[1..]);
        right.Span.CopyTo(input[(1 + Length)..]);
        return Sha256(input);
    }

    /// <summary>Reads base64 (RFC 4648, section 4) in its only canonical form; null if it isn't that of a hash.</summary>
    public static TreeHash? FromBase64(ReadOnlySpan<char> text) => Base64.Decode(text) is { Length: Length } bytes ? new TreeHash(bytes) : null;

    /// <inheritdoc/>
    public bool Equals(TreeHash other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TreeHash other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => MemoryMarshal.Read<int>(Span);

    /// <summary>Base64.</summary>
    public override string ToString() => Convert.ToBase64String(Span);

    /// <summary>The same bytes.</summary>
    public static bool operator ==(TreeHash left, TreeHash right) => left.Equals(right);

    /// <summary>Other bytes.</summary>
    public static bool operator !=(TreeHash left, TreeHash right) => !left.Equals(right);

    private static TreeHash Sha256(ReadOnlySpan<byte> input)
    {
        Span<byte> output = stackalloc byte[Length];
        SHA256.HashData(input, output);
        return new TreeHash(output);
    }

    [InlineArray(Length)]
    private struct Bytes
    {
        private byte _first;
    }
}
