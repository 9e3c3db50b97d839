using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Beffroi.Infrastructure.Volumes;
using Microsoft.Win32.SafeHandles;

namespace Beffroi.Infrastructure.Backups;

/// <summary>
/// A file or directory below a volume's root, opened so that no symbolic link, mount or special file that an instance's root may have planted leads
/// anywhere else (openat2(2), RESOLVE_BENEATH). What makes it immutable is ext4's flag: setting and clearing it needs CAP_LINUX_IMMUTABLE in the
/// host's own user namespace, which no instance has. Its date and place are in <c>trusted.*</c> attributes, which no instance can see or set (xattr(7)).
/// </summary>
internal sealed unsafe partial class LockedFile : IDisposable
{
    private const int Immutable = 0x10;
    private const int AppendOnly = 0x20;
    private const ulong GetFlags = 0x80086601;
    private const ulong SetFlags = 0x40086602;
    private const long OpenAt2 = 437;
    private const ulong ReadNonblockCloexecNofollow = 0x800 | 0x80000 | 0x20000;
    private const ulong NoXdevNoMagicNoSymlinksBeneath = 1 | 2 | 4 | 8;
    private const string Until = "trusted.beffroi.until";
    private const string Place = "trusted.beffroi.place";

    private readonly SafeFileHandle _handle;

    private LockedFile(SafeFileHandle handle) => _handle = handle;

    /// <summary>The open file, for reading.</summary>
    public SafeFileHandle Handle => _handle;

    /// <summary>Opens what is at <paramref name="path"/>, relative to <paramref name="root"/>; null if nothing ordinary is there.</summary>
    public static LockedFile? Open(SafeFileHandle root, string path)
    {
        Span<ulong> how = [ReadNonblockCloexecNofollow, 0, NoXdevNoMagicNoSymlinksBeneath];
        var name = Encoding.UTF8.GetBytes(path + "\0");
        fixed (ulong* pointer = how)
        fixed (byte* text = name)
        {
            var descriptor = SystemCall(OpenAt2, (int)root.DangerousGetHandle(), text, pointer, (nuint)(how.Length * sizeof(ulong)));
            return descriptor >= 0 ? new LockedFile(new SafeFileHandle((nint)descriptor, ownsHandle: true)) : null;
        }
    }

    /// <summary>Whether it can't be changed now.</summary>
    public bool IsImmutable => (Flags & Immutable) != 0;

    /// <summary>Until when it is locked, Unix seconds; null if it never was.</summary>
    public long? LockedUntil => Attribute(Until) is { Length: 8 } bytes ? BinaryPrimitives.ReadInt64LittleEndian(bytes) : null;

    /// <summary>Where it was when it was locked, relative to the root; null if it never was.</summary>
    public string? LockedAt => Attribute(Place) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>Locks it. The attributes first: a crash between leaves an unlocked file that is locked the next time.</summary>
    public void Lock(string path, long until)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, until);
        Set(Until, bytes);
        Set(Place, Encoding.UTF8.GetBytes(path));
        Flags |= Immutable;
    }

    /// <summary>Makes it changeable, or not again.</summary>
    public void SetImmutable(bool on) => Flags = on ? Flags | Immutable : Flags & ~Immutable;

    /// <summary>Of a directory: things can be made in it, but not be removed from it, renamed, or it itself.</summary>
    public void KeepEntries()
    {
        if ((Flags & AppendOnly) == 0)
        {
            Flags |= AppendOnly;
        }
    }

    /// <summary>Undoes <see cref="KeepEntries"/>.</summary>
    public void ReleaseEntries() => Flags &= ~AppendOnly;

    /// <summary>Makes it as unchangeable as <paramref name="other"/>.</summary>
    public void TakeLocksOf(LockedFile other)
    {
        if ((other.Flags & (Immutable | AppendOnly)) is not 0 and var locks)
        {
            Flags |= locks;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private int Flags
    {
        get
        {
            long flags = 0;
            // Not a regular file or directory: no flags, and nothing to lock.
            return LibC.Ioctl(_handle, GetFlags, &flags) == 0 ? (int)flags : 0;
        }

        set
        {
            long flags = value;
            if (LibC.Ioctl(_handle, SetFlags, &flags) != 0)
            {
                throw new InfrastructureException($"A finished backup file can't be locked or released: {LibC.LastError()}.");
            }
        }
    }

    private byte[]? Attribute(string name)
    {
        var buffer = new byte[4096];
        fixed (byte* pointer = buffer)
        {
            var length = GetAttribute(_handle, name, pointer, (nuint)buffer.Length);
            return length >= 0 ? buffer[..(int)length] : null;
        }
    }

    private void Set(string name, ReadOnlySpan<byte> value)
    {
        fixed (byte* pointer = value)
        {
            if (SetAttribute(_handle, name, pointer, (nuint)value.Length, 0) != 0)
            {
                throw new InfrastructureException($"The lock's date can't be written: {LibC.LastError()}.");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long SystemCall(long number, int directory, byte* path, ulong* how, nuint size);

    [LibraryImport("libc", EntryPoint = "fgetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetAttribute(SafeFileHandle file, string name, byte* value, nuint size);

    [LibraryImport("libc", EntryPoint = "fsetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetAttribute(SafeFileHandle file, string name, byte* value, nuint size, int flags);
}
