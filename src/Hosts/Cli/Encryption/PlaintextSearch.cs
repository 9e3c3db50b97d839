using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Beffroi.Hosts.Cli.Encryption;

/// <summary>Looks for a word in files as their bytes lie, whatever they are: logs, databases, images. Holes of sparse files are passed over (lseek(2)). Not for concurrent use.</summary>
internal sealed partial class PlaintextSearch(byte[] word)
{
    private const int ReadOnly = 0;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int SeekData = 3;
    private const int SeekHole = 4;
    private readonly byte[] _buffer = new byte[1 << 20];

    /// <summary>How many files were read.</summary>
    public int Files { get; private set; }

    /// <summary>How many bytes were read.</summary>
    public long Bytes { get; private set; }

    /// <summary>The files below a directory, or the file itself, that hold the word; without following links, and without what <paramref name="skip"/> says.</summary>
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

    /// <summary>Whether the file has the word in it. What can't be read as a file (a pipe, a socket, a device) has not.</summary>
    public bool Holds(string path)
    {
        // A pipe would keep a reader that blocks.
        var descriptor = Open(path, ReadOnly | NonBlocking | CloseOnExec);
        if (descriptor < 0)
        {
            return false;
        }

        using var file = new SafeFileHandle(descriptor, ownsHandle: true);
        Files++;
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
        // The end of one piece is looked at again with the next: the word may lie across.
        var kept = 0;
        for (var at = begin; at < end;)
        {
            var read = RandomAccess.Read(file, _buffer.AsSpan(kept, (int)Math.Min(_buffer.Length - kept, end - at)), at);
            if (read <= 0)
            {
                return false;
            }

            var piece = _buffer.AsSpan(0, kept + read);
            if (piece.IndexOf(word) >= 0)
            {
                return true;
            }

            kept = Math.Min(word.Length - 1, piece.Length);
            piece[^kept..].CopyTo(_buffer);
            at += read;
            Bytes += read;
        }

        return false;
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "lseek")]
    private static partial long Seek(int descriptor, long offset, int whence);
}
