using System.Security.Cryptography;
using Beffroi.Infrastructure.Processes;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Volumes;

/// <summary>
/// Volumes as sparse ext4 images in which one directory, <c>data</c>, is encrypted by the kernel with a key of the volume
/// (fscrypt policy v2: contents AES-256-XTS, names AES-256-CTS). Sizes, times and the shape of the tree stay visible on
/// the host; names and contents do not, once the key is evicted. Works without device-mapper.
/// </summary>
internal sealed class FscryptVolumes : IVolumeStore
{
    private const string Image = "volume.img";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly VolumeDirectory _directory;
    private readonly FscryptVolumes? _copies;

    /// <summary>The volumes of an installation.</summary>
    public FscryptVolumes(Installation installation)
        : this(new VolumeDirectory(installation, Image), new FscryptVolumes(new VolumeDirectory(installation, Image, VolumeDirectory.Copies), null))
    {
    }

    private FscryptVolumes(VolumeDirectory directory, FscryptVolumes? copies) => (_directory, _copies) = (directory, copies);

    /// <inheritdoc/>
    public IVolumeStore Copies => _copies ?? throw new InvalidOperationException("Nobody copies copies.");

    /// <inheritdoc/>
    public string Encryption => "fscrypt";

    /// <inheritdoc/>
    public bool GrowsInUse => HostMachine.HasResourceCapability();

    /// <summary>Whether this host's kernel has it.</summary>
    public static bool IsSupported => File.Exists("/sys/fs/ext4/features/encryption");

    /// <inheritdoc/>
    public async Task<VolumeState> EnsureAsync(Guid id, long sizeBytes, Secret key, CancellationToken cancellationToken)
    {
        if (!_directory.Exists(id))
        {
            // The storage reads as zeroes already: nothing to write but the few blocks that differ.
            await _directory.CreateAsync(id, sizeBytes, image => SystemCommand.RunAsync(
                "mkfs.ext4",
                ["-q", "-F", "-b", "4096", "-O", "encrypt", "-m", "0", "-E", "assume_storage_prezeroed=1,nodiscard", image],
                cancellationToken: cancellationToken));
        }

        // The image first: whatever interrupts the growth, the next call sees that the file system is smaller, and goes on.
        _directory.Grow(id, sizeBytes);
        var wasMounted = _directory.IsMounted(id);
        if (wasMounted)
        {
            GrowInUse(id, sizeBytes);
        }
        else
        {
            await MountAsync(id, sizeBytes, cancellationToken);
        }

        try
        {
            Unlock(id, key);
        }
        catch when (!wasMounted)
        {
            Mounts.Unmount(_directory.Mount(id));
            throw;
        }

        return State(id);
    }

    /// <inheritdoc/>
    public bool IsUnlocked(Guid id) =>
        _directory.IsMounted(id)
        && Directory.Exists(_directory.Data(id))
        && Fscrypt.KeyOf(_directory.Data(id)) is { } identifier
        && Fscrypt.HasKey(_directory.Mount(id), identifier);

    /// <inheritdoc/>
    public async Task LockAsync(Guid id, CancellationToken cancellationToken)
    {
        if (!_directory.Exists(id))
        {
            return;
        }

        if (_directory.IsMounted(id))
        {
            var data = _directory.Data(id);
            if (Directory.Exists(data) && Fscrypt.KeyOf(data) is { } identifier
                && !await SoonAsync(() => Fscrypt.RemoveKey(_directory.Mount(id), identifier), cancellationToken))
            {
                throw new InfrastructureException($"Files of the volume {id} are still open: stop the instance that uses it, then lock it again.");
            }

            Mounts.Unmount(_directory.Mount(id));
        }

        await RefuseIfAttachedAsync(id, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RemoveAsync(Guid id, CancellationToken cancellationToken)
    {
        await LockAsync(id, cancellationToken);
        _directory.Delete(id);
    }

    /// <inheritdoc/>
    public string MountOf(Guid id) => _directory.Mount(id);

    /// <inheritdoc/>
    public async Task<bool> IsUnderAsync(Guid id, Secret key, CancellationToken cancellationToken)
    {
        if (!_directory.Exists(id))
        {
            throw new InfrastructureException($"The volume {id} is not there.");
        }

        var wasMounted = _directory.IsMounted(id);
        if (!wasMounted)
        {
            await MountAsync(id, sizeBytes: 0, cancellationToken);
        }

        try
        {
            return Directory.Exists(_directory.Data(id)) && Fscrypt.KeyOf(_directory.Data(id)) is { } now
                && CryptographicOperations.FixedTimeEquals(now, Fscrypt.IdentifierOf(key));
        }
        finally
        {
            if (!wasMounted)
            {
                Mounts.Unmount(_directory.Mount(id));
            }
        }
    }

    /// <inheritdoc/>
    public async Task TakeCopyAsync(Guid id, CancellationToken cancellationToken)
    {
        await Copies.LockAsync(id, cancellationToken);
        await LockAsync(id, cancellationToken);
        _directory.Take(_copies!._directory, id);
    }

    /// <inheritdoc/>
    public IReadOnlyList<VolumeState> List() => [.. _directory.List().Select(State)];

    // The last references go a moment after the instance that had them, or after the unmounting.
    private static async Task<bool> SoonAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        for (var start = TimeProvider.System.GetTimestamp(); !condition();)
        {
            if (TimeProvider.System.GetElapsedTime(start) > Patience)
            {
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }

        return true;
    }

    // Mounted twice, or grown or deleted under another's mount, a file system is lost.
    private async Task RefuseIfAttachedAsync(Guid id, CancellationToken cancellationToken)
    {
        var image = _directory.Image(id);
        if (!await SoonAsync(() => !LoopDevice.Images().Contains(image), cancellationToken))
        {
            throw new InfrastructureException($"The volume {id} is not mounted here but in use elsewhere on the host (another mount namespace).");
        }
    }

    private async Task MountAsync(Guid id, long sizeBytes, CancellationToken cancellationToken)
    {
        await RefuseIfAttachedAsync(id, cancellationToken);
        if (Ext4.Size(_directory.Image(id)) < sizeBytes)
        {
            await Ext4.GrowAsync(_directory.Image(id), cancellationToken);
        }

        using var device = LoopDevice.Attach(_directory.Image(id));
        Mounts.MountExt4(device.Path, _directory.Mount(id));
    }

    private void Unlock(Guid id, Secret key)
    {
        var mount = _directory.Mount(id);
        var data = _directory.Data(id);
        Directory.CreateDirectory(data);
        var expected = Fscrypt.KeyOf(data);
        var identifier = Fscrypt.AddKey(mount, key);
        if (expected is null)
        {
            Fscrypt.Protect(data, identifier);
            LibC.FlushDirectory(data);
            LibC.FlushDirectory(mount);
        }
        else if (!CryptographicOperations.FixedTimeEquals(expected, identifier))
        {
            Fscrypt.RemoveKey(mount, identifier);
            throw new InfrastructureException($"This is not the key of the volume {id}.");
        }
    }

    private void GrowInUse(Guid id, long sizeBytes)
    {
        var device = Mounts.DeviceOf(_directory.Mount(id));
        if (Ext4.Size(device) < sizeBytes)
        {
            LoopDevice.Refresh(device);
            Ext4.GrowMounted(_directory.Mount(id), sizeBytes);
        }
    }

    private VolumeState State(Guid id)
    {
        var size = _directory.Size(id);
        var system = _directory.IsMounted(id) ? Ext4.Size(Mounts.DeviceOf(_directory.Mount(id))) : Ext4.Size(_directory.Image(id));
        var unlocked = IsUnlocked(id);
        return new(id, size, unlocked, Encryption, MustBeLockedToGrow: system < size, unlocked ? Fscrypt.CipherOf(_directory.Data(id)) : null);
    }
}
