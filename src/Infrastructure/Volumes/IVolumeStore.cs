using Beffroi.Kernel;

namespace Beffroi.Infrastructure.Volumes;

/// <summary>
/// Encrypted volumes on this host. Idempotent, and whole again by the next call after a crash at any instruction. The
/// caller serialises calls on one volume; different volumes may be worked on at once. Failures are <see cref="InfrastructureException"/>.
/// </summary>
internal interface IVolumeStore
{
    /// <summary>The word for it in <see cref="VolumeState.Encryption"/>.</summary>
    string Encryption { get; }

    /// <summary>
    /// Ensures that the volume exists, with its key loaded and its file system mounted, and has this size: it grows if it is
    /// smaller, unless it is in use and has to be locked first (see <see cref="VolumeState.MustBeLockedToGrow"/>).
    /// </summary>
    /// <exception cref="InfrastructureException">A smaller size or another key than the volume's, or the kernel refuses.</exception>
    Task<VolumeState> EnsureAsync(Guid id, long sizeBytes, Secret key, CancellationToken cancellationToken);

    /// <summary>Whether a volume can grow while it is in use.</summary>
    bool GrowsInUse { get; }

    /// <summary>Whether it is there, mounted, and its key loaded.</summary>
    bool IsUnlocked(Guid id);

    /// <summary>Unmounts it and evicts its key; absence is success.</summary>
    Task LockAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Locks and deletes it; absence is success.</summary>
    Task RemoveAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>The volumes that are there.</summary>
    IReadOnlyList<VolumeState> List();
}
