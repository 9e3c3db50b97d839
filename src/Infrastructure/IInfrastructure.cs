namespace Beffroi.Infrastructure;

/// <summary>
/// The port through which the platform changes the machines of a zone: networks, volumes and instances. In beffroid it is
/// <c>HostClient</c>, in beffroi-host the implementation over Incus and the kernel. Every call is idempotent, may be
/// repeated after a crash at any instruction, and refuses a stale <see cref="Fence"/> with <see cref="StaleFenceException"/>.
/// Other failures are <see cref="InfrastructureException"/> with a message for a person. Safe for concurrent use.
/// </summary>
public interface IInfrastructure
{
    /// <summary>Ensures the space's bridge, its isolated Incus project and its packet filter rules.</summary>
    Task<NetworkState> EnsureNetworkAsync(EnsureNetwork request, CancellationToken cancellationToken);

    /// <summary>Removes them; nothing to remove is success. Fails while the space has instances.</summary>
    Task RemoveNetworkAsync(RemoveNetwork request, CancellationToken cancellationToken);

    /// <summary>Opens exactly this to the space's instances beside the default, which is nothing; what was open and isn't in it is closed at once.</summary>
    Task EnsurePolicyAsync(EnsurePolicy request, CancellationToken cancellationToken);

    /// <summary>How the instances of this installation are kept apart, as the host sees it. Changes nothing.</summary>
    Task<IsolationFacts> InspectIsolationAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Ensures the encrypted volume exists with its key loaded, ready to be used by an instance, and has grown to its size; where
    /// that can't be done in use the answer says so (<see cref="VolumeState.MustBeLockedToGrow"/>) and the volume stays as it was.
    /// </summary>
    Task<VolumeState> EnsureVolumeAsync(EnsureVolume request, CancellationToken cancellationToken);

    /// <summary>Unmounts the volume and evicts its key: afterwards nothing on the host can read it without the key.</summary>
    Task LockVolumeAsync(VolumeRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Puts the volume under another key: a copy of what is in it grows beside it, encrypted under the new key, and takes its place once it is whole.
    /// Answers at once with how far that is; ask again until it is done. No instance may use the volume. Ensuring, locking or removing the volume
    /// meanwhile ends the copy, and the next call begins anew.
    /// </summary>
    Task<RekeyState> RekeyVolumeAsync(RekeyVolume request, CancellationToken cancellationToken);

    /// <summary>Locks the volume and deletes it. Absence is success.</summary>
    Task RemoveVolumeAsync(VolumeRequest request, CancellationToken cancellationToken);

    /// <summary>Ensures the instance exists with these limits and is running; changes limits in place.</summary>
    Task<InstanceState> EnsureInstanceAsync(EnsureInstance request, CancellationToken cancellationToken);

    /// <summary>Gives a running instance's agent a fresh enrolment token (its certificate ran out).</summary>
    Task SetTokenAsync(SetToken request, CancellationToken cancellationToken);

    /// <summary>Stops the instance in order, by force after a minute. Absence is success.</summary>
    Task StopInstanceAsync(InstanceRequest request, CancellationToken cancellationToken);

    /// <summary>Stops and deletes the instance. Absence is success.</summary>
    Task RemoveInstanceAsync(InstanceRequest request, CancellationToken cancellationToken);

    /// <summary>What the host has to offer at this moment.</summary>
    Task<HostState> GetHostAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Has the host lock what is finished in a backup repository, now and from then on by itself: until its date nobody can change or remove it, nor
    /// the volume, whoever asks.
    /// </summary>
    Task<BackupLockState> EnsureBackupLocksAsync(EnsureBackupLocks request, CancellationToken cancellationToken);

    /// <summary>Puts locked files that were moved back, and files that the backup tool rewrites to a sound version. No instance may use the volume.</summary>
    Task<BackupLockState> RepairBackupsAsync(VolumeRequest request, CancellationToken cancellationToken);

    /// <summary>What is there now, of this installation's names only.</summary>
    Task<Inventory> GetInventoryAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Proof that the caller holds the lease of a resource. The host remembers the highest epoch it saw for each resource,
/// durably, and refuses lower ones: a worker that was paused and lost its lease can change nothing.
/// </summary>
/// <param name="ResourceId">Whose lease.</param>
/// <param name="Epoch">The lease's epoch, at least 1.</param>
public sealed record Fence(Guid ResourceId, long Epoch);

/// <summary>A change came from a worker that no longer holds the lease.</summary>
public sealed class StaleFenceException(string message) : Exception(message);

/// <summary>The infrastructure could not do what was asked; the message is for a person and holds no secret.</summary>
public sealed class InfrastructureException(string message, Exception? inner = null) : Exception(message, inner);
