using System.Runtime.InteropServices;

namespace Beffroi.Kernel;

/// <summary>Makes names durable: a file made or renamed survives a loss of power only once its directory is on disk (fsync(2)), which .NET has no call for.</summary>
public static partial class DurableDirectory
{
    /// <summary>Returns when all names in the directory are on disk.</summary>
    /// <exception cref="IOException">They may not be.</exception>
    public static void Sync(string directory)
    {
        var descriptor = Open(directory, 0);
        var failed = descriptor < 0 || Fsync(descriptor) != 0;
        var error = Marshal.GetLastPInvokeError();
        if (descriptor >= 0)
        {
            _ = Close(descriptor);
        }

        if (failed)
        {
            throw new IOException($"The directory {directory} can't be written to disk: {Marshal.GetPInvokeErrorMessage(error)}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
