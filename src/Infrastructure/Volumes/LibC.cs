using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Beffroi.Infrastructure.Volumes;

/// <summary>The system calls that the base class library has no words for (Linux, x64).</summary>
internal static unsafe partial class LibC
{
    public const int BadDescriptor = 9;
    public const int Busy = 16;
    public const int Exists = 17;
    public const int NoData = 61;
    public const int NoKey = 126;

    public const ulong NoSuid = 2;
    public const ulong NoDevices = 4;
    public const ulong NoAccessTimes = 1024;

    /// <summary>ioctl(2) with a pointer; -1 with errno set on failure.</summary>
    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Ioctl(SafeFileHandle file, ulong request, void* argument);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Mount(string source, string target, string type, ulong flags, string? data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unmount(string target, int flags);

    /// <summary>Opens a directory, which <see cref="File.OpenHandle"/> refuses to.</summary>
    /// <exception cref="InfrastructureException">It can't be opened.</exception>
    public static SafeFileHandle OpenDirectory(string path)
    {
        const int directoryCloseOnExec = 0x10000 | 0x80000;
        var descriptor = Open(path, directoryCloseOnExec);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new InfrastructureException($"The directory {path} can't be opened: {LastError()}.");
    }

    /// <summary>Makes the names in a directory durable (fsync(2)).</summary>
    public static void FlushDirectory(string path)
    {
        using var directory = OpenDirectory(path);
        if (Fsync(directory) != 0)
        {
            throw new InfrastructureException($"The directory {path} can't be written to disk: {LastError()}.");
        }
    }

    /// <summary>Makes all of the file system that holds <paramref name="path"/> durable, and tells of what could not be written since it was opened (syncfs(2)).</summary>
    /// <exception cref="InfrastructureException">Something could not be written.</exception>
    public static void FlushFileSystem(string path)
    {
        using var directory = OpenDirectory(path);
        if (SyncFs(directory) != 0)
        {
            throw new InfrastructureException($"The file system at {path} can't be written to disk: {LastError()}.");
        }
    }

    /// <summary>What the last failed call said.</summary>
    public static string LastError() => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFs(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);
}
