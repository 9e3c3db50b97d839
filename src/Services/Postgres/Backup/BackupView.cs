using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;

namespace Beffroi.Services.Postgres.Backup;

/// <summary>What the agents say, as the API shows it. Pure.</summary>
internal static class BackupView
{
    /// <summary>What is said of all stanzas of a database, as if they were one; null where nothing is known of any that takes WAL.</summary>
    public static StanzaFacts? Together(IReadOnlyList<(BackupStanza Stanza, StanzaFacts? Said)> stanzas)
    {
        var taking = stanzas.Where(s => s.Stanza.Stage != StanzaStage.Ended).Select(s => s.Said).OfType<StanzaFacts>().ToList();
        // Until a new one has its first backup, the one before it tells how backup stands.
        if ((taking.LastOrDefault(s => First(s) is not null) ?? taking.FirstOrDefault()) is not { } serving || stanzas.Count == 1)
        {
            return taking.FirstOrDefault();
        }

        var said = stanzas.Select(s => s.Said).OfType<StanzaFacts>().ToList();
        var all = new StanzaFacts(serving) { Running = said.Select(s => s.Running).LastOrDefault(r => r.Length > 0) ?? "" };
        all.Backups.Clear();
        all.Backups.AddRange(said.SelectMany(s => s.Backups).OrderBy(b => b.FinishedAt));
        all.Drills.Clear();
        all.Drills.AddRange(said.SelectMany(s => s.Drills).OrderBy(d => d.FinishedAt));
        return all;
    }

    /// <summary>
    /// The newest stanza whose first backup is from before what a restore goes to. Where the agents don't say, the one that took WAL then.
    /// </summary>
    public static BackupStanza From(IReadOnlyList<(BackupStanza Stanza, StanzaFacts? Said)> stanzas, RestorePoint point)
    {
        var reaching = stanzas.Where(s => First(s.Said) is { } first && point.IsAfter(first)).Select(s => s.Stanza).LastOrDefault();
        return reaching ?? stanzas.Select(s => s.Stanza).First(s => s.EndedAt is not { } ended || point.At < ended);
    }

    /// <summary>The oldest sound backup; null where none is known.</summary>
    public static BackupFacts? First(StanzaFacts? stanza) => stanza?.Backups.FirstOrDefault(b => !b.Damaged);

    /// <summary>What can be restored; null where nothing is known.</summary>
    public static PostgresBackupStatus? Window(StanzaFacts? stanza, ArchiveFacts? archive)
    {
        var sound = stanza?.Backups.Where(b => !b.Damaged).ToList() ?? [];
        // Ends are told in whole seconds, and a restore to a time begins from a backup of a second before it.
        DateTimeOffset? earliest = sound.Count > 0 ? Time(sound[0].FinishedAt + 1) : null;
        DateTimeOffset? until = archive?.RestorableUntil is > 0 and var ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
        var latest = earliest is { } from && until is { } to && to > from ? until : null;
        DateTimeOffset? archived = archive?.LastArchivedAt is > 0 and var at ? Time(at) : null;
        return sound.Count == 0 && archived is null
            ? null
            : new(earliest, latest, sound.LastOrDefault()?.Name, sound.Count > 0 ? Time(sound[^1].FinishedAt) : null, archived);
    }

    /// <summary>What was known before where the agents don't say now, as after a restart of theirs; null where nothing ever was.</summary>
    public static PostgresBackupStatus? Window(StanzaFacts? stanza, ArchiveFacts? archive, PostgresBackupStatus? before) =>
        Window(stanza, archive) is not { } now ? before
        : before is null ? now
        : new(
            now.Earliest ?? before.Earliest, now.Latest ?? before.Latest, now.LastBackup ?? before.LastBackup, now.LastBackupAt ?? before.LastBackupAt,
            now.LastArchivedAt ?? before.LastArchivedAt, before.ShorterFrom);

    public static PostgresBackup Backup(BackupFacts b) => new(
        b.Name, TypeOf(b.Type), b.Label.Length > 0 ? b.Label : null, Guid.TryParse(b.RequestId, out var id) ? id : null, Time(b.StartedAt), Time(b.FinishedAt), b.LsnStop, b.SizeBytes,
        b.AddedBytes, b.Damaged);

    public static PostgresDrill Drill(DrillFacts d) => new(
        d.Id, d.Backup, Time(d.StartedAt), Time(d.FinishedAt), d.Passed, d.Finding, d.RtoMilliseconds / 1000.0, d.RpoMilliseconds / 1000.0, d.Databases, d.Tables, d.Rows,
        Convert.ToHexStringLower(d.ContentSha256.Span));

    /// <summary>The API's word for the tool's.</summary>
    public static string TypeOf(string tool) => tool is "incr" or "diff" ? "incremental" : tool;

    /// <summary>The tool's word for the API's.</summary>
    public static string ToolType(string type) => type == "incremental" ? "incr" : type;

    public static DateTimeOffset Time(long unixSeconds) => DateTimeOffset.FromUnixTimeSeconds(unixSeconds);
}
