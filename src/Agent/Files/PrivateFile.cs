using System.Runtime.InteropServices;

namespace Beffroi.Agent.Files;

/// <summary>
/// Files that are either there as a whole or not at all, with owner and mode set before they have content, and on the disk when writing returns.
/// </summary>
internal static partial class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerDirectory = OwnerOnly | UnixFileMode.UserExecute;

    /// <summary>Replaces the file if its content differs; returns whether it did. Mode 0600; owned by <paramref name="owner"/>.</summary>
    internal static bool Write(string path, ReadOnlySpan<byte> content, Account owner)
    {
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(content))
        {
            return false;
        }

        var temporary = path + ".new";
        File.Delete(temporary);
        using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        {
            Own(temporary, owner);
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        return true;
    }

    /// <summary>Ensures a directory of mode 0700.</summary>
    internal static void Directory(string path, Account owner)
    {
        System.IO.Directory.CreateDirectory(path, OwnerDirectory);
        Own(path, owner);
    }

    private static void Own(string path, Account owner)
    {
        if (ChangeOwner(path, owner.Uid, owner.Gid) != 0)
        {
            throw new IOException($"The owner of {path} can't be set: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);
}
