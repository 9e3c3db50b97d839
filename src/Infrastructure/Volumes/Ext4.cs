using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Beffroi.Infrastructure.Processes;
using Microsoft.Win32.SafeHandles;

namespace Beffroi.Infrastructure.Volumes;

/// <summary>
/// How large an ext4 file system is, and making it as large as what it lies on. Layout: the kernel's
/// Documentation/filesystems/ext4/super.rst; growing in use: <c>EXT4_IOC_RESIZE_FS</c> of fs/ext4/ioctl.c.
/// </summary>
internal static class Ext4
{
    private const ulong Resize = 0x40086610;
    private const int SuperblockOffset = 1024;
    private const int BlocksLow = 0x4;
    private const int LogBlockSize = 0x18;
    private const int Magic = 0x38;
    private const int IncompatibleFeatures = 0x60;
    private const int BlocksHigh = 0x150;
    private const uint Has64Bit = 0x80;
    private const int NotPermitted = 1;

    // e2fsck(8): 0 is sound, 1 is repaired (a journal that was replayed, say).
    private const string Repaired = "code 1:";

    /// <summary>The file system's size in bytes, from the superblock of a device or image. Of a mounted one ask its device.</summary>
    /// <exception cref="InfrastructureException">There is no ext4 file system.</exception>
    public static long Size(string path)
    {
        Span<byte> superblock = stackalloc byte[1024];
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (RandomAccess.Read(file, superblock, SuperblockOffset) < superblock.Length || BinaryPrimitives.ReadUInt16LittleEndian(superblock[Magic..]) != 0xEF53)
        {
            throw new InfrastructureException($"{path} holds no ext4 file system.");
        }

        var blocks = (long)BinaryPrimitives.ReadUInt32LittleEndian(superblock[BlocksLow..]);
        if ((BinaryPrimitives.ReadUInt32LittleEndian(superblock[IncompatibleFeatures..]) & Has64Bit) != 0)
        {
            blocks |= (long)BinaryPrimitives.ReadUInt32LittleEndian(superblock[BlocksHigh..]) << 32;
        }

        return blocks << (10 + BinaryPrimitives.ReadInt32LittleEndian(superblock[LogBlockSize..]));
    }

    /// <summary>
    /// Grows a mounted one. False where the kernel lets nobody do that here: it wants CAP_SYS_RESOURCE, which a host that is itself
    /// a container may lack.
    /// </summary>
    /// <exception cref="InfrastructureException">The kernel refuses for another reason.</exception>
    public static bool GrowMounted(string mount, long bytes)
    {
        using var directory = LibC.OpenDirectory(mount);
        return Ask(directory, bytes / 4096)
            || (Marshal.GetLastPInvokeError() == NotPermitted
                ? false
                : throw new InfrastructureException($"The file system at {mount} can't be made larger: {LibC.LastError()}."));
    }

    private static unsafe bool Ask(SafeFileHandle directory, long blocks) => LibC.Ioctl(directory, Resize, &blocks) == 0;

    /// <summary>Checks one that is not mounted and makes it as large as its image. May be repeated after an interruption.</summary>
    /// <exception cref="InfrastructureException">It is damaged beyond what can be repaired unasked.</exception>
    public static async Task GrowAsync(string image, CancellationToken cancellationToken)
    {
        try
        {
            await SystemCommand.RunAsync("e2fsck", ["-f", "-p", image], cancellationToken: cancellationToken);
        }
        catch (InfrastructureException e) when (e.Message.Contains(Repaired, StringComparison.Ordinal))
        {
        }

        await SystemCommand.RunAsync("resize2fs", [image], cancellationToken: cancellationToken);
    }
}
