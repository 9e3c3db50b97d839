using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Beffroi.Hosts.Cli.Encryption;

/// <summary>
/// Looks for bytes in the memory of other processes of the host, as root may (proc_pid_mem(5)): in what they can write and have touched, not in files that they
/// have mapped to read. Not for concurrent use.
/// </summary>
internal sealed class MemorySearch(SoughtBytes sought)
{
    private const int PageEntry = 8;
    private static readonly int Page = Environment.SystemPageSize;
    private readonly byte[] _buffer = new byte[1 << 20];
    private readonly byte[] _pages = new byte[(1 << 20) / Page * PageEntry];

    /// <summary>How many processes were read.</summary>
    public int Processes { get; private set; }

    /// <summary>How many bytes were read.</summary>
    public long Bytes { get; private set; }

    /// <summary>The processes that hold one of them, by name and number.</summary>
    /// <param name="program">Whether a process counts, by the path of its program (empty for who has none).</param>
    /// <param name="cancellationToken">Stops between two processes.</param>
    public IReadOnlyList<string> Everywhere(Func<string, bool> program, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && program(Program(directory)) && Holds(id))
            {
                found.Add($"{Path.GetFileName(Program(directory))} ({id})");
            }
        }

        return found;
    }

    /// <summary>Whether the process of this number has it: not this one, nor one that has ended.</summary>
    public bool Holds(int id)
    {
        try
        {
            return id != Environment.ProcessId && Holds("/proc/" + id.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile.
            return false;
        }
    }

    private static string Program(string process)
    {
        try
        {
            return new FileInfo(process + "/exe").LinkTarget ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    private bool Holds(string process)
    {
        // Threads of the kernel have none.
        var maps = File.ReadAllLines(process + "/maps");
        if (maps.Length == 0)
        {
            return false;
        }

        using var memory = File.OpenHandle(process + "/mem");
        using var pages = File.OpenHandle(process + "/pagemap");
        Processes++;
        foreach (var map in maps)
        {
            // BEGIN-END rwxp …, in hexadecimal: proc_pid_maps(5).
            var fields = map.Split(' ', 3);
            var range = fields[0].Split('-');
            if (fields[1][..2] == "rw" && Holds(memory, pages, Convert.ToInt64(range[0], 16), Convert.ToInt64(range[1], 16)))
            {
                return true;
            }
        }

        return false;
    }

    private bool Holds(SafeFileHandle memory, SafeFileHandle pages, long begin, long end)
    {
        // The end of one piece is looked at again with the next: what is looked for may lie across.
        var kept = 0;
        for (var at = begin; at < end;)
        {
            var length = (int)Math.Min((_buffer.Length - kept) / Page * Page, end - at);
            if (!Touched(pages, at, length))
            {
                kept = 0;
                at += length;
                continue;
            }

            var read = Read(memory, _buffer.AsSpan(kept, length), at);
            if (read <= 0)
            {
                return false;
            }

            var piece = _buffer.AsSpan(0, kept + read);
            if (sought.AreIn(piece))
            {
                return true;
            }

            kept = Math.Min(sought.Longest - 1, piece.Length);
            piece[^kept..].CopyTo(_buffer);
            at += read;
            Bytes += read;
        }

        return false;
    }

    private static int Read(SafeFileHandle memory, Span<byte> into, long at)
    {
        try
        {
            return RandomAccess.Read(memory, into, at);
        }
        catch (IOException)
        {
            // A device's, or it has been given back.
            return 0;
        }
    }

    /// <summary>Whether any of these pages is in memory or swapped out (bits 63 and 62 in proc_pid_pagemap(5)): to read the others would only fill memory with zeroes.</summary>
    private bool Touched(SafeFileHandle pages, long address, int length)
    {
        var entries = _pages.AsSpan(0, length / Page * PageEntry);
        var read = RandomAccess.Read(pages, entries, address / Page * PageEntry);
        for (var at = 0; at + PageEntry <= read; at += PageEntry)
        {
            if ((entries[at + PageEntry - 1] & 0xc0) != 0)
            {
                return true;
            }
        }

        return false;
    }
}
