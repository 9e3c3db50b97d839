using System.IO.Compression;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Beffroi.Hosts.Cli.Encryption;

/// <summary>
/// Looks for bytes in files as their bytes lie, whatever they are: logs, databases, images. Holes of sparse files are passed over (lseek(2)), and files of gzip
/// (RFC 1952) are looked into. Not for concurrent use.
/// </summary>
internal sealed partial class PlaintextSearch(SoughtBytes sought)
{
    private const int ReadOnly = 0;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int SeekSet = 0;
    private const int SeekData = 3;
    private const int SeekHole = 4;
    private readonly byte[] _buffer = new byte[1 << 20];

    /// <summary>How many files were read.</summary>
    public int Files { get; private set; }

    /// <summary>How many bytes were read.</summary>
    public long Bytes { get; private set; }

    /// <summary>The files below a directory, or the file itself, that hold one of them; without following links, and without what <paramref name="skip"/> says.</summary>
    public IReadOnlyList<string> Below(string root, Func<string, bool> skip, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        var left = new Stack<string>([root]);
        while (left.TryPop(out var path))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var attributes = File.GetAttributes(path);
                if (attributes.HasFlag(FileAttributes.ReparsePoint) || skip(path))
                {
                    continue;
                }

                if (!attributes.HasFlag(FileAttributes.Directory))
                {
                    if (Holds(path))
                    {
                        found.Add(path);
                    }

                    continue;
                }

                foreach (var entry in Directory.EnumerateFileSystemEntries(path))
                {
                    left.Push(entry);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It went away meanwhile, or is encrypted and its key is away: then there is nothing to read.
            }
        }

        return found;
    }

    /// <summary>Whether the file has one of them in it. What can't be read as a file (a pipe, a socket, a device) has not.</summary>
    public bool Holds(string path)
    {
        // A pipe would keep a reader that blocks.
        var descriptor = Open(path, ReadOnly | NonBlocking | CloseOnExec);
        if (descriptor < 0)
        {
            return false;
        }

        using var file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Seek(descriptor, 0, SeekSet) < 0)
        {
            return false;
        }

        Files++;
        return HoldsAsItLies(file, descriptor) || (IsGzip(file) && HoldsWithin(file));
    }

    private bool HoldsAsItLies(SafeFileHandle file, int descriptor)
    {
        for (long begin = 0; (begin = Seek(descriptor, begin, SeekData)) >= 0;)
        {
            var end = Seek(descriptor, begin, SeekHole);
            if (end <= begin)
            {
                break;
            }

            if (Holds(file, begin, end))
            {
                return true;
            }

            begin = end;
        }

        return false;
    }

    private bool Holds(SafeFileHandle file, long begin, long end)
    {
        var at = begin;
        return Holds(into =>
        {
            var read = at < end ? RandomAccess.Read(file, into[..(int)Math.Min(into.Length, end - at)], at) : 0;
            at += read;
            Bytes += read;
            return read;
        });
    }

    private static bool IsGzip(SafeFileHandle file)
    {
        Span<byte> magic = stackalloc byte[3];
        return RandomAccess.Read(file, magic, 0) == magic.Length && magic.SequenceEqual<byte>([0x1f, 0x8b, 8]);
    }

    private bool HoldsWithin(SafeFileHandle file)
    {
        using var packed = new FileStream(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false), FileAccess.Read) { Position = 0 };
        using var stream = new GZipStream(packed, CompressionMode.Decompress);
        try
        {
            return Holds(stream.Read);
        }
        catch (InvalidDataException)
        {
            // It only begins like one, or is damaged from here on.
            return false;
        }
    }

    private delegate int Reader(Span<byte> into);

    private bool Holds(Reader next)
    {
        // The end of one piece is looked at again with the next: what is looked for may lie across.
        var kept = 0;
        while (next(_buffer.AsSpan(kept)) is > 0 and var read)
        {
            var piece = _buffer.AsSpan(0, kept + read);
            if (sought.AreIn(piece))
            {
                return true;
            }

            kept = Math.Min(sought.Longest - 1, piece.Length);
            piece[^kept..].CopyTo(_buffer);
        }

        return false;
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "lseek")]
    private static partial long Seek(int descriptor, long offset, int whence);
}
