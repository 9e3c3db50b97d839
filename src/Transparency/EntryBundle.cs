using System.Buffers.Binary;

namespace Beffroi.Transparency;

/// <summary>Up to 256 entries, each with its length before it in two bytes, big-endian (C2SP tlog-tiles, "Log entries").</summary>
public static class EntryBundle
{
    /// <summary>The most bytes in an entry.</summary>
    public const int MaxEntryLength = ushort.MaxValue;

    /// <summary>Writes a bundle.</summary>
    /// <exception cref="ArgumentException">An entry is too long.</exception>
    public static byte[] Write(IReadOnlyCollection<ReadOnlyMemory<byte>> entries)
    {
        var bundle = new byte[entries.Sum(e => 2 + e.Length)];
        var at = 0;
        foreach (var entry in entries)
        {
            if (entry.Length > MaxEntryLength)
            {
                throw new ArgumentException($"An entry has {entry.Length} bytes; {MaxEntryLength} is the most.", nameof(entries));
            }

            BinaryPrimitives.WriteUInt16BigEndian(bundle.AsSpan(at), (ushort)entry.Length);
            entry.Span.CopyTo(bundle.AsSpan(at + 2));
            at += 2 + entry.Length;
        }

        return bundle;
    }

    /// <summary>The entries of a bundle; null if it doesn't end where an entry ends.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>>? Read(ReadOnlyMemory<byte> bundle)
    {
        var entries = new List<ReadOnlyMemory<byte>>();
        while (!bundle.IsEmpty)
        {
            if (bundle.Length < 2 || BinaryPrimitives.ReadUInt16BigEndian(bundle.Span) is var length && bundle.Length < 2 + length)
            {
                return null;
            }

            entries.Add(bundle.Slice(2, length));
            bundle = bundle[(2 + length)..];
        }

        return entries;
    }
}
