using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Beffroi.Kernel;

namespace Beffroi.Platform.Keys;

/// <summary>
/// A key of 32 random bytes in a file that only its owner may read. Created whole or not at all, and never overwritten:
/// of several processes that create it at once, one wins and all then read the same key.
/// </summary>
internal sealed partial class KeyFile(string path)
{
    private const int KeyLength = 32;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int FileExists = 17;

    public string Path { get; } = path;

    /// <summary>The key; null if there is no file.</summary>
    /// <exception cref="KeyUnavailableException">The file can't be read, isn't a key, or others may read it.</exception>
    public Secret? Read()
    {
        var bytes = Array.Empty<byte>();
        try
        {
            using var stream = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if ((File.GetUnixFileMode(stream.SafeFileHandle) & ~OwnerOnly) != 0)
            {
                throw new KeyUnavailableException($"The key file {Path} may be read by others than its owner. Find out who could have read it, then chmod 600 it.");
            }

            bytes = new byte[KeyLength + 1];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length == KeyLength
                ? Secret.FromBytes(bytes.AsSpan(0, KeyLength))
                : throw new KeyUnavailableException($"The key file {Path} is damaged: it doesn't have {KeyLength} bytes. Restore it from a backup.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyUnavailableException($"The key file {Path} can't be read: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Creates the file with a new key unless there is one.</summary>
    public void CreateIfMissing()
    {
        var directory = System.IO.Path.GetDirectoryName(Path)!;
        Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
        var temporary = Path + "." + Guid.NewGuid().ToString("N");
        try
        {
            using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
            {
                using var key = Secret.Random(KeyLength);
                stream.Write(key.Reveal());
                stream.Flush(flushToDisk: true);
            }

            // link(2) fails if the name is taken, where rename(2) would overwrite.
            if (Link(temporary, Path) != 0 && Marshal.GetLastPInvokeError() is var error && error != FileExists)
            {
                throw new KeyUnavailableException($"The key file {Path} can't be created: {Marshal.GetPInvokeErrorMessage(error)}.");
            }

            DurableDirectory.Sync(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyUnavailableException($"The key file {Path} can't be created: {e.Message}", e);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Overwrites and removes the file; absence is success. What a copying file system or a worn disk block kept of it is beyond reach.</summary>
    /// <exception cref="KeyUnavailableException">The file can't be written or removed.</exception>
    public void Destroy()
    {
        try
        {
            using (var stream = new FileStream(Path, FileMode.Open, FileAccess.Write, FileShare.None))
            {
                Span<byte> noise = stackalloc byte[KeyLength];
                RandomNumberGenerator.Fill(noise);
                stream.Write(noise);
                stream.Flush(flushToDisk: true);
            }

            File.Delete(Path);
            DurableDirectory.Sync(System.IO.Path.GetDirectoryName(Path)!);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Gone already.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyUnavailableException($"The key file {Path} can't be destroyed: {e.Message}", e);
        }
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string name);
}
