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

    /// <summary>Where the volume's file system is mounted while it is open; all it holds is in <c>data</c>, and <c>vault</c> if there is one.</summary>
    string MountOf(Guid id);

    /// <summary>Whether a volume that is there is under this key. Leaves it open or closed, as it was.</summary>
    Task<bool> IsUnderAsync(Guid id, Secret key, CancellationToken cancellationToken);

    /// <summary>Where copies of volumes are made, under the volumes' own ids. Nobody copies copies: there it throws.</summary>
    IVolumeStore Copies { get; }

    /// <summary>Puts the copy that <see cref="Copies"/> has of a volume in its place, in one step. Both are locked for that.</summary>
    Task TakeCopyAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>The volumes that are there.</summary>
    IReadOnlyList<VolumeState> List();
}
