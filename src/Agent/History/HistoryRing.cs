using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Beffroi.Agent.History;

/// <summary>
/// A file of a fixed size with a record for each step of time: the newest stand where the oldest stood. A record's place follows from its time alone, so there is no position to keep or to lose:
/// what was not measured is where an older record still stands, and a clock that goes back writes over what it wrote. Each record has its time and a checksum, so one that was cut short counts
/// as not there. Nothing is synced: a host that loses power loses what the kernel had not written yet, half a minute or so.
/// Layout, little endian: a header of 64 bytes (magic, version, step, count, width, CRC-32C), then the records (time in Unix seconds, numbers, CRC-32C over both).
/// One writer; readers at any time.
/// </summary>
internal sealed class HistoryRing : IDisposable
{
    private const int HeaderBytes = 64;
    private const uint Version = 1;
    private static ReadOnlySpan<byte> Magic => "BFHISTRY"u8;

    private readonly SafeFileHandle _file;
    private readonly int _recordBytes;

    private HistoryRing(SafeFileHandle file, int step, int count, int width)
    {
        _file = file;
        (Step, Count, Width) = (step, count, width);
        _recordBytes = RecordBytes(width);
    }

    /// <summary>Seconds that a record stands for.</summary>
    internal int Step { get; }

    /// <summary>How many records there are at most.</summary>
    internal int Count { get; }

    /// <summary>Numbers in a record.</summary>
    internal int Width { get; }

    /// <summary>Size of such a file.</summary>
    internal static long Size(int count, int width) => HeaderBytes + ((long)count * RecordBytes(width));

    /// <summary>Opens the file, or begins it anew where it is of another version or shape, or damaged at its head. Mode 0600.</summary>
    /// <exception cref="IOException">It can't be opened or made.</exception>
    internal static HistoryRing Open(string path, int step, int count, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(step);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        Span<byte> wanted = stackalloc byte[HeaderBytes];
        wanted.Clear();
        Magic.CopyTo(wanted);
        BinaryPrimitives.WriteUInt32LittleEndian(wanted[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(wanted[12..], step);
        BinaryPrimitives.WriteInt32LittleEndian(wanted[16..], count);
        BinaryPrimitives.WriteInt32LittleEndian(wanted[20..], width);
        BinaryPrimitives.WriteUInt32LittleEndian(wanted[60..], Checksum(wanted[..60]));
        var size = Size(count, width);
        if (File.Exists(path))
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        using (var stream = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            BufferSize = 0,
        }))
        {
            Span<byte> there = stackalloc byte[HeaderBytes];
            var read = stream.ReadAtLeast(there, HeaderBytes, throwOnEndOfStream: false);
            if (read < HeaderBytes || !there.SequenceEqual(wanted) || stream.Length != size)
            {
                // Emptied first, so that no record of another shape is taken for one of this.
                stream.SetLength(0);
                stream.SetLength(size);
                stream.Position = 0;
                stream.Write(wanted);
            }
        }

        return new HistoryRing(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite), step, count, width);
    }

    /// <summary>Writes the record of the step that begins at <paramref name="time"/>.</summary>
    /// <param name="time">Unix seconds, a multiple of the step, after 1970.</param>
    /// <param name="numbers">As many as the ring is wide; NaN for what is not known.</param>
    /// <exception cref="IOException">There is no room, or the volume is gone.</exception>
    internal void Write(long time, ReadOnlySpan<float> numbers)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(time);
        ArgumentOutOfRangeException.ThrowIfNotEqual(time % Step, 0);
        ArgumentOutOfRangeException.ThrowIfNotEqual(numbers.Length, Width);
        Span<byte> record = stackalloc byte[_recordBytes];
        BinaryPrimitives.WriteInt64LittleEndian(record, time);
        for (var i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(record[(8 + (4 * i))..], numbers[i]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(record[^4..], Checksum(record[..^4]));
        RandomAccess.Write(_file, record, Offset(time));
    }

    /// <summary>The record of the step that begins at <paramref name="time"/>; false if there is none, or none that is whole.</summary>
    internal bool TryRead(long time, Span<float> numbers)
    {
        if (time <= 0)
        {
            return false;
        }

        Span<byte> record = stackalloc byte[_recordBytes];
        return RandomAccess.Read(_file, record, Offset(time)) == _recordBytes && Take(record, time, numbers);
    }

    /// <summary>
    /// Every whole record of the steps from <paramref name="from"/> to before <paramref name="to"/>, in order of time; of more steps than the ring has records, those of the last ones. Reads many at
    /// once. The numbers are lent: they are others after the call.
    /// </summary>
    internal void Read(long from, long to, ReadRecord take)
    {
        const int Batch = 128;
        Span<float> numbers = stackalloc float[Width];
        var buffer = new byte[Batch * _recordBytes];
        var last = to - 1 - ((to - 1) % Step);
        var first = Math.Max(from - (from % Step), last - ((long)(Count - 1) * Step));
        for (var time = Math.Max(Step, first); time < to;)
        {
            // Up to the end of the file: after it, it goes on at its beginning.
            var index = Index(time);
            var records = (int)Math.Min(Math.Min(Batch, Count - index), (to - time + Step - 1) / Step);
            var part = buffer.AsSpan(0, records * _recordBytes);
            var read = RandomAccess.Read(_file, part, Offset(time));
            for (var i = 0; i < read / _recordBytes; i++)
            {
                if (Take(part.Slice(i * _recordBytes, _recordBytes), time + ((long)i * Step), numbers))
                {
                    take(time + ((long)i * Step), numbers);
                }
            }

            time += (long)records * Step;
        }
    }

    public void Dispose() => _file.Dispose();

    private static int RecordBytes(int width) => 8 + (4 * width) + 4;

    private int Index(long time) => (int)(time / Step % Count);

    private long Offset(long time) => HeaderBytes + ((long)Index(time) * _recordBytes);

    private static bool Take(ReadOnlySpan<byte> record, long time, Span<float> numbers)
    {
        if (BinaryPrimitives.ReadInt64LittleEndian(record) != time || BinaryPrimitives.ReadUInt32LittleEndian(record[^4..]) != Checksum(record[..^4]))
        {
            return false;
        }

        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BinaryPrimitives.ReadSingleLittleEndian(record[(8 + (4 * i))..]);
        }

        return true;
    }

    // CRC-32C (RFC 3720, B.4), as the processor has it.
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var rest in bytes[(bytes.Length & ~7)..])
        {
            crc = BitOperations.Crc32C(crc, rest);
        }

        return ~crc;
    }
}

/// <summary>Takes a record.</summary>
/// <param name="time">The beginning of its step, Unix seconds.</param>
/// <param name="numbers">Lent.</param>
internal delegate void ReadRecord(long time, ReadOnlySpan<float> numbers);
