using System.Globalization;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;

namespace Beffroi.Services.Postgres.Backup;

/// <summary>How a database's backup stands, as conditions. Pure.</summary>
internal static class BackupConditions
{
    // A day, and what a backup itself and a repository's restart may take.
    private static readonly TimeSpan Grace = TimeSpan.FromHours(3);

    public static IEnumerable<Condition> Of(PostgresBackupSpec spec, StanzaFacts? stanza, ArchiveFacts? archive, PostgresDrill? drill, DateTimeOffset now)
    {
        yield return Backups(spec, stanza, now);
        yield return Archive(archive, now);
        yield return Proven(spec, drill, now);
    }

    private static Condition Backups(PostgresBackupSpec spec, StanzaFacts? stanza, DateTimeOffset now)
    {
        var last = stanza?.Backups.LastOrDefault(b => !b.Damaged);
        var late = last is not null && now - BackupView.Time(last.FinishedAt) > TimeSpan.FromHours(spec.IncrementalEveryHours) + Grace;
        return stanza is null ? new("BackupReady", false, "Waiting", "The space's backup repository is being set up for this database.", now)
            : stanza.Problem.Length > 0 ? new("BackupReady", false, "Failing", "Backup does not work: " + stanza.Problem, now)
            : last is null ? new("BackupReady", false, "Waiting", "The first backup is being made.", now)
            : late ? new("BackupReady", false, "Late", Text($"The last backup is of {BackupView.Time(last.FinishedAt):u}."), now)
            : new("BackupReady", true, "Done", Text($"The last backup is of {BackupView.Time(last.FinishedAt):u}; it can't be changed or deleted before its date."), now);
    }

    private static Condition Archive(ArchiveFacts? archive, DateTimeOffset now) => archive switch
    {
        null or { Configured: false } => new("WalArchived", false, "Waiting", "WAL waits on the database's volume until the repository takes it.", now),
        { ReadOnly: true } => new("WalArchived", false, "ReadOnly", "The volume is almost full: transactions begin read-only until there is room again.", now),
        { Failing: true } => new("WalArchived", false, "Failing", Text($"WAL has not been archived since {BackupView.Time(archive.FailingSince):u}; {archive.WaitingBytes >> 20} MiB wait on the volume."), now),
        { LastArchivedAt: 0 } => new("WalArchived", false, "Waiting", "The first WAL is on its way to the repository.", now),
        _ => new("WalArchived", true, "Done", "WAL is archived as it is written, a minute old at most.", now),
    };

    private static Condition Proven(PostgresBackupSpec spec, PostgresDrill? drill, DateTimeOffset now) =>
        drill is null ? new("BackupsProven", null, "Waiting", "No backup has been restored as a drill yet.", now)
        : !drill.Passed ? new("BackupsProven", false, "Failed", Text($"The drill of {drill.FinishedAt:u} failed: {drill.Finding}"), now)
        : spec.DrillEveryDays > 0 && now - drill.FinishedAt > TimeSpan.FromDays((2 * spec.DrillEveryDays) + 1)
            ? new("BackupsProven", false, "Stale", Text($"The last drill that passed is of {drill.FinishedAt:u}."), now)
            : new("BackupsProven", true, "Done", Text($"Restored on {drill.FinishedAt:u} in {drill.RtoSeconds:F1} s, with all but the last {drill.RpoSeconds:F1} s."), now);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
