namespace Beffroi.Services.Postgres.Backup;

/// <summary>The fixed names of backup.</summary>
internal static class BackupKind
{
    /// <summary>The resource kind and the work kind of a space's repository. It is the platform's: no customer makes or deletes one.</summary>
    internal const string Repository = "backup-repository";

    /// <summary>The name of a space's only repository.</summary>
    internal const string Name = "backups";

    /// <summary>The purpose of the key that a database's backups are encrypted with, under the database's own key.</summary>
    internal const string Passphrase = "backup";

    /// <summary>Full backups are kept, and everything locked, for longer than the customer's window: its oldest moment needs the full backup before it.</summary>
    internal static int LockDays(Contracts.Postgres.PostgresBackupSpec spec) => spec.RetentionDays + spec.FullEveryDays + 1;
}
