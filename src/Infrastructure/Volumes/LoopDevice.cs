using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Beffroi.Infrastructure.Volumes;

/// <summary>
/// A loop device over an image file, detached by the kernel itself when the last user is gone (LO_FLAGS_AUTOCLEAR): a
/// process that is killed between attaching and mounting leaves nothing behind. See loop(4) and <c>linux/loop.h</c>.
/// </summary>
internal sealed unsafe class LoopDevice : IDisposable
{
    private const ulong Configure = 0x4C0A;
    private const ulong GetFree = 0x4C82;
    private const ulong SetCapacity = 0x4C07;
    private const int ConfigurationLength = 304;
    private const int FlagsOffset = 60;
    private const int NameOffset = 64;
    private const int NameLength = 64;
    private const int AutoClearDirectIo = 4 | 16;
    private const int BlockSize = 4096;
    private const int Attempts = 20;

    private readonly SafeFileHandle _handle;

    private LoopDevice(string path, SafeFileHandle handle) => (Path, _handle) = (path, handle);

    /// <summary>Under /dev.</summary>
    public string Path { get; }

    /// <summary>Attaches <paramref name="image"/> to a free device. Keep until mounted, then dispose.</summary>
    /// <exception cref="InfrastructureException">None is free, or the kernel refuses.</exception>
    public static LoopDevice Attach(string image)
    {
        using var backing = File.OpenHandle(image, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        using var control = File.OpenHandle("/dev/loop-control", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var number = LibC.Ioctl(control, GetFree, null);
            if (number < 0)
            {
                break;
            }

            var path = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/dev/loop{number}");
            var device = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            if (TryConfigure(device, backing, image))
            {
                return new LoopDevice(path, device);
            }

            var error = Marshal.GetLastPInvokeError();
            device.Dispose();
            if (error != LibC.Busy)
            {
                break;
            }

            // Another program took it in between: ask for the next.
        }

        throw new InfrastructureException($"No loop device can be attached to {image}: {LibC.LastError()}.");
    }

    /// <summary>Has an attached device see that its image has grown.</summary>
    /// <exception cref="InfrastructureException">The kernel refuses.</exception>
    public static void Refresh(string device)
    {
        using var handle = File.OpenHandle(device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (LibC.Ioctl(handle, SetCapacity, null) != 0)
        {
            throw new InfrastructureException($"{device} does not take its image's new size: {LibC.LastError()}.");
        }
    }

    /// <summary>The image files that loop devices hold now.</summary>
    public static IEnumerable<string> Images()
    {
        foreach (var device in Directory.EnumerateDirectories("/sys/block", "loop*"))
        {
            string? image = null;
            try
            {
                image = File.ReadAllText(device + "/loop/backing_file").TrimEnd('\n');
            }
            catch (IOException)
            {
                // Not attached.
            }

            if (image is not null)
            {
                yield return image;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static bool TryConfigure(SafeFileHandle device, SafeFileHandle backing, string image)
    {
        Span<byte> configuration = stackalloc byte[ConfigurationLength];
        configuration.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(configuration, (int)backing.DangerousGetHandle());
        BinaryPrimitives.WriteInt32LittleEndian(configuration[4..], BlockSize);
        BinaryPrimitives.WriteInt32LittleEndian(configuration[FlagsOffset..], AutoClearDirectIo);
        var name = Encoding.UTF8.GetBytes(image);
        name.AsSpan(0, Math.Min(name.Length, NameLength - 1)).CopyTo(configuration[NameOffset..]);
        fixed (byte* pointer = configuration)
        {
            return LibC.Ioctl(device, Configure, pointer) == 0;
        }
    }
}
