using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Services.Postgres.Backup;

namespace Beffroi.Postgres.Tests.Backup;

public sealed class BackupConditionsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly PostgresBackupSpec Spec = new();

    [Fact]
    public void All_is_well_when_all_is_recent()
    {
        var conditions = Of(Stanza(1), Archive(), Drill(true, 1));
        Assert.All(conditions, c => Assert.True(c.Holds));
    }

    [Theory]
    [InlineData(26, true)]
    [InlineData(28, false)]
    public void A_backup_a_day_is_missed_after_three_hours(int hoursAgo, bool ready) => Assert.Equal(ready, Of(Stanza(hoursAgo), Archive(), null)[0].Holds);

    [Fact]
    public void A_failing_archive_is_told_with_what_waits()
    {
        var archive = Archive();
        (archive.Failing, archive.FailingSince, archive.WaitingBytes) = (true, Now.AddMinutes(-1).ToUnixTimeSeconds(), 64 << 20);
        var condition = Of(Stanza(1), archive, null)[1];
        Assert.False(condition.Holds);
        Assert.Contains("64 MiB", condition.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 14, true, "Done")]
    [InlineData(true, 16, false, "Stale")]
    [InlineData(false, 1, false, "Failed")]
    public void A_drill_proves_for_two_intervals(bool passed, int daysAgo, bool holds, string reason)
    {
        var condition = Of(Stanza(1), Archive(), Drill(passed, daysAgo))[2];
        Assert.Equal((holds, reason), (condition.Holds, condition.Reason));
    }

    [Fact]
    public void Without_any_drill_nothing_is_claimed() => Assert.Null(Of(Stanza(1), Archive(), null)[2].Holds);

    [Fact]
    public void The_window_ends_where_a_later_transaction_is_archived()
    {
        var archive = Archive();
        archive.RestorableUntil = Now.AddSeconds(-40).ToUnixTimeMilliseconds();
        var window = BackupView.Window(Stanza(5), archive)!;
        Assert.Equal((Now.AddHours(-5).AddSeconds(1), Now.AddSeconds(-40)), (window.Earliest, window.Latest));
        archive.RestorableUntil = Now.AddHours(-6).ToUnixTimeMilliseconds();
        Assert.Null(BackupView.Window(Stanza(5), archive)!.Latest);
    }

    [Fact]
    public void What_was_archived_before_an_agent_began_anew_can_still_be_restored()
    {
        var archive = Archive();
        archive.RestorableUntil = Now.AddMinutes(-3).ToUnixTimeMilliseconds();
        var before = BackupView.Window(Stanza(5), archive);
        archive.RestorableUntil = 0;
        Assert.Equal(before!.Latest, BackupView.Window(Stanza(5), archive, before)!.Latest);
        Assert.Equal(before, BackupView.Window(null, null, before));
        archive.RestorableUntil = Now.AddMinutes(-1).ToUnixTimeMilliseconds();
        Assert.Equal(Now.AddMinutes(-1), BackupView.Window(Stanza(5), archive, before)!.Latest);
    }

    private static List<Kernel.Condition> Of(StanzaFacts? stanza, ArchiveFacts? archive, PostgresDrill? drill) => [.. BackupConditions.Of(Spec, stanza, archive, drill, Now)];

    private static StanzaFacts Stanza(int hoursAgo)
    {
        var stanza = new StanzaFacts { Ready = true };
        stanza.Backups.Add(new BackupFacts { Name = "b", Type = "full", FinishedAt = Now.AddHours(-hoursAgo).ToUnixTimeSeconds() });
        return stanza;
    }

    private static ArchiveFacts Archive() => new() { Configured = true, LastArchivedAt = Now.AddSeconds(-30).ToUnixTimeSeconds() };

    private static PostgresDrill Drill(bool passed, int daysAgo) => new("d", "b", Now.AddDays(-daysAgo), Now.AddDays(-daysAgo), passed, "f", 1, 1, 1, 1, 1, "");
}
