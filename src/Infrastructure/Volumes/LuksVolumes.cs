using Beffroi.Infrastructure.Processes;
using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Volumes;

/// <summary>
/// Volumes as sparse LUKS2 images (dm-crypt, aes-xts-plain64), for hosts whose kernel has device-mapper: hides sizes and
/// the shape of the tree as well. NOT RUN YET: the machines this was built on have no device-mapper, so it is used only
/// where the host's configuration asks for it by name (<c>"Encryption": "luks"</c>).
/// </summary>
internal sealed class LuksVolumes : IVolumeStore
{
    private const string Image = "volume.luks";

    // cryptsetup's exit code for a wrong passphrase; no key derivation is needed for 64 random bytes.
    private const string WrongKey = "code 2:";
    private static readonly string[] FastDerivation = ["--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000"];
    private readonly VolumeDirectory _directory;
    private readonly string _mappings;
    private readonly LuksVolumes? _copies;

    /// <summary>The volumes of an installation.</summary>
    public LuksVolumes(Installation installation)
        : this(
            new VolumeDirectory(installation, Image), installation.Name + "-",
            new LuksVolumes(new VolumeDirectory(installation, Image, VolumeDirectory.Copies), installation.Name + "-copy-", null))
    {
    }

    private LuksVolumes(VolumeDirectory directory, string mappings, LuksVolumes? copies) => (_directory, _mappings, _copies) = (directory, mappings, copies);

    /// <inheritdoc/>
    public IVolumeStore Copies => _copies ?? throw new InvalidOperationException("Nobody copies copies.");

    /// <inheritdoc/>
    public string Encryption => "luks";

    /// <inheritdoc/>
    public bool GrowsInUse => false;

    /// <summary>Whether this host's kernel has it.</summary>
    public static bool IsSupported => File.Exists("/dev/mapper/control");

    /// <inheritdoc/>
    public async Task<VolumeState> EnsureAsync(Guid id, long sizeBytes, Secret key, CancellationToken cancellationToken)
    {
        var bytes = key.Reveal().ToArray();
        try
        {
            if (!_directory.Exists(id))
            {
                await _directory.CreateAsync(id, sizeBytes, image => SystemCommand.RunAsync(
                    "cryptsetup",
                    ["luksFormat", "--batch-mode", "--type", "luks2", "--cipher", "aes-xts-plain64", "--key-size", "512", .. FastDerivation, "--key-file=-", image],
                    bytes, cancellationToken));
            }

            if (_directory.Size(id) is var size && size != sizeBytes)
            {
                throw new InfrastructureException($"The volume {id} has {size} bytes, not {sizeBytes}: a volume's size can't be changed yet.");
            }

            await OpenAsync(id, bytes, cancellationToken);
            return State(id);
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <inheritdoc/>
    public bool IsUnlocked(Guid id) => _directory.IsMounted(id);

    /// <inheritdoc/>
    public async Task LockAsync(Guid id, CancellationToken cancellationToken)
    {
        Mounts.Unmount(_directory.Mount(id));
        if (File.Exists(Device(id)))
        {
            await SystemCommand.RunAsync("cryptsetup", ["close", Mapping(id)], cancellationToken: cancellationToken);
        }
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

        var bytes = key.Reveal().ToArray();
        try
        {
            return await OpensAsync(id, bytes, cancellationToken);
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
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

    private async Task<bool> OpensAsync(Guid id, byte[] key, CancellationToken cancellationToken)
    {
        try
        {
            await SystemCommand.RunAsync("cryptsetup", ["open", "--test-passphrase", "--key-file=-", _directory.Image(id)], key, cancellationToken);
            return true;
        }
        catch (InfrastructureException e) when (e.Message.Contains(WrongKey, StringComparison.Ordinal))
        {
            return false;
        }
    }

    private async Task OpenAsync(Guid id, byte[] key, CancellationToken cancellationToken)
    {
        var image = _directory.Image(id);

        // Checked even when it is open already: a caller with the wrong key learns so.
        if (!await OpensAsync(id, key, cancellationToken))
        {
            throw new InfrastructureException($"This is not the key of the volume {id}.");
        }

        if (!File.Exists(Device(id)))
        {
            await SystemCommand.RunAsync("cryptsetup", ["open", "--key-file=-", image, Mapping(id)], key, cancellationToken);
        }

        if (_directory.IsMounted(id))
        {
            return;
        }

        // A file system is made inside only where none is: blkid ends with code 2 on a device without any.
        try
        {
            await SystemCommand.RunAsync("blkid", ["-p", Device(id)], cancellationToken: cancellationToken);
        }
        catch (InfrastructureException e) when (e.Message.Contains(WrongKey, StringComparison.Ordinal))
        {
            await SystemCommand.RunAsync("mkfs.ext4", ["-q", "-m", "0", "-E", "nodiscard", Device(id)], cancellationToken: cancellationToken);
        }

        Mounts.MountExt4(Device(id), _directory.Mount(id));
        Directory.CreateDirectory(_directory.Data(id));
        LibC.FlushDirectory(_directory.Mount(id));
    }

    private string Mapping(Guid id) => _mappings + id.ToString("N");

    private string Device(Guid id) => "/dev/mapper/" + Mapping(id);

    private VolumeState State(Guid id) => new(id, _directory.Size(id), _directory.IsMounted(id), Encryption, MustBeLockedToGrow: false);
}
