using Beffroi.Kernel;

namespace Beffroi.Contracts.Postgres;

/// <summary>When a database is backed up, and for how long backups are kept. WAL is archived all the time.</summary>
/// <param name="RetentionDays">A restore can go to any moment of so many days past; 1 to 3650. Backups and WAL are locked for that long, and nobody can delete them.</param>
/// <param name="RetentionFulls">At least so many full backups are kept, however old; 1 to 100.</param>
/// <param name="FullEveryDays">1 to 31.</param>
/// <param name="IncrementalEveryHours">1 to 24: at least one backup a day (SecNumCloud 12.5.a).</param>
/// <param name="DrillEveryDays">How often a backup is proven by restoring it; 1 to 365, 0 for on request only.</param>
public sealed record PostgresBackupSpec(
    int RetentionDays = 14, int RetentionFulls = 2, int FullEveryDays = 7, int IncrementalEveryHours = 24, int DrillEveryDays = 7);

/// <summary>What can be restored, as last observed.</summary>
/// <param name="Earliest">The earliest moment that a restore can go to: a second after the end of the oldest backup (UTC).</param>
/// <param name="Latest">The latest moment that a restore to a time can go to (UTC); null until WAL after the backup is archived.</param>
/// <param name="LastBackup">Name of the newest backup.</param>
/// <param name="LastBackupAt">Its end (UTC).</param>
/// <param name="LastArchivedAt">When WAL was last archived (UTC); null if not yet.</param>
/// <param name="ShorterFrom">When the shorter retention that was asked for begins to count (UTC); until then it can be taken back. Null if none waits.</param>
public sealed record PostgresBackupStatus(
    DateTimeOffset? Earliest, DateTimeOffset? Latest, string? LastBackup, DateTimeOffset? LastBackupAt, DateTimeOffset? LastArchivedAt, DateTimeOffset? ShorterFrom = null);

/// <summary>A database's backups.</summary>
/// <param name="Window">What can be restored now.</param>
/// <param name="Running"><c>full</c>, <c>incremental</c> or <c>drill</c> while one runs.</param>
/// <param name="Problem">Why backup doesn't work now; null if it does.</param>
/// <param name="Pending">Asked for and not made yet.</param>
/// <param name="Items">Oldest first.</param>
public sealed record PostgresBackups(
    PostgresBackupStatus Window, string? Running, string? Problem, IReadOnlyList<PostgresBackupRequest> Pending, IReadOnlyList<PostgresBackup> Items);

/// <summary>One backup.</summary>
/// <param name="Name">Unique within its database.</param>
/// <param name="Type"><c>full</c> or <c>incremental</c>.</param>
/// <param name="Label">As given on request; null for one by schedule.</param>
/// <param name="Request">The request it was made for.</param>
/// <param name="StartedAt">UTC.</param>
/// <param name="FinishedAt">UTC; a restore to a time needs a backup that finished before it.</param>
/// <param name="StopLsn">Where in the WAL it ends.</param>
/// <param name="SizeBytes">Of the database.</param>
/// <param name="AddedBytes">What it added to the repository, compressed and encrypted.</param>
/// <param name="Damaged">Whether pages with wrong checksums were found while it was made.</param>
public sealed record PostgresBackup(
    string Name, string Type, string? Label, Guid? Request, DateTimeOffset StartedAt, DateTimeOffset FinishedAt, string StopLsn, long SizeBytes, long AddedBytes, bool Damaged);

/// <summary>A backup or drill that was asked for.</summary>
/// <param name="Id">Shown at the backup once it is made.</param>
/// <param name="Type"><c>full</c>, <c>incremental</c> or <c>drill</c>.</param>
/// <param name="Label">The customer's own word.</param>
/// <param name="RequestedAt">UTC.</param>
public sealed record PostgresBackupRequest(Guid Id, string Type, string? Label, DateTimeOffset RequestedAt);

/// <summary>The body that asks for a backup.</summary>
/// <param name="Type"><c>full</c> or <c>incremental</c>.</param>
/// <param name="Label">At most 63 letters, digits, dots, hyphens and underscores.</param>
public sealed record CreatePostgresBackup(string Type = "incremental", string? Label = null);

/// <summary>The body that asks for a restore to a new PostgreSQL. At most one of the targets; none of them means: as late as possible.</summary>
/// <param name="To">Name of the new PostgreSQL, in the same space.</param>
/// <param name="At">A moment (UTC or with an offset).</param>
/// <param name="Lsn">A place in the WAL, e.g. <c>0/3000060</c>.</param>
/// <param name="Xid">A transaction's number; it is included.</param>
/// <param name="Name">A point named with pg_create_restore_point.</param>
/// <param name="Size">Of the new one; null for the same.</param>
/// <param name="Storage">Of the new one; null for the same, never less.</param>
public sealed record RestorePostgres(
    string To, DateTimeOffset? At = null, string? Lsn = null, string? Xid = null, string? Name = null, string? Size = null, string? Storage = null);

/// <summary>A restore drill and what it proved. The same is on the ledger.</summary>
/// <param name="Id">Unique.</param>
/// <param name="Backup">Which backup was restored.</param>
/// <param name="StartedAt">UTC.</param>
/// <param name="FinishedAt">UTC.</param>
/// <param name="Passed">Whether all of it went well.</param>
/// <param name="Finding">In words.</param>
/// <param name="RtoSeconds">From nothing to answering queries.</param>
/// <param name="RpoSeconds">From the last recovered transaction to the drill's beginning.</param>
/// <param name="Databases">Checked.</param>
/// <param name="Tables">Read from their first row to their last.</param>
/// <param name="Rows">Read.</param>
/// <param name="ContentSha256">Over names, numbers of rows and hashes of all rows of all tables; hexadecimal.</param>
public sealed record PostgresDrill(
    string Id, string Backup, DateTimeOffset StartedAt, DateTimeOffset FinishedAt, bool Passed, string Finding, double RtoSeconds, double RpoSeconds, int Databases, int Tables, long Rows,
    string ContentSha256);

/// <summary>A space's backup repository, as it is.</summary>
/// <param name="State"><c>creating</c>, <c>ready</c>, <c>degraded</c>, <c>sealed</c> or, after a sealing, <c>starting</c>.</param>
/// <param name="ObservedGeneration">Of the last repair that was brought about.</param>
/// <param name="Conditions">Each aspect with its reason.</param>
/// <param name="Address">In the space.</param>
/// <param name="VolumeUsedBytes">Used.</param>
/// <param name="VolumeSizeBytes">Of its encrypted volume.</param>
/// <param name="LockedFiles">Finished files that nobody can change or delete now.</param>
/// <param name="LockedUntil">The latest date of any (UTC).</param>
public sealed record BackupRepositoryStatus(
    string State,
    long ObservedGeneration,
    IReadOnlyList<Condition> Conditions,
    string? Address = null,
    long? VolumeUsedBytes = null,
    long? VolumeSizeBytes = null,
    int? LockedFiles = null,
    DateTimeOffset? LockedUntil = null);

/// <summary>What is asked of a repository.</summary>
/// <param name="Repairs">How many times it was asked to be repaired.</param>
/// <param name="KeyRotations">How many times its key was asked to be rotated.</param>
public sealed record BackupRepositorySpec(int Repairs = 0, int KeyRotations = 0);
