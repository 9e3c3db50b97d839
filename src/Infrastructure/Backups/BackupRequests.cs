namespace Beffroi.Infrastructure;

/// <summary>See <see cref="IInfrastructure.EnsureBackupLocksAsync"/>.</summary>
/// <param name="Fence">The caller's lease.</param>
/// <param name="VolumeId">The volume of a backup repository.</param>
/// <param name="Stanzas">Every database in it; 0 to 256.</param>
public sealed record EnsureBackupLocks(Fence Fence, Guid VolumeId, IReadOnlyList<StanzaLock> Stanzas);

/// <summary>How long what is finished from now on can't be changed. What is locked already keeps its date.</summary>
/// <param name="Stanza">The database's id, which is its name in the repository.</param>
/// <param name="Days">1 to 4000.</param>
public sealed record StanzaLock(Guid Stanza, int Days);

/// <summary>What is locked on a volume.</summary>
/// <param name="Files">Files and directories that can't be changed now.</param>
/// <param name="LockedUntil">The latest date of any (UTC); null if nothing is locked.</param>
/// <param name="SweptAt">When the host last looked for finished files (UTC); null if not since it started.</param>
public sealed record BackupLockState(int Files, DateTimeOffset? LockedUntil, DateTimeOffset? SweptAt);
