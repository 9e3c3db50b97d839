using Beffroi.Contracts.Agents;
using Beffroi.Services.Postgres;
using Beffroi.Services.Postgres.Backup;

namespace Beffroi.Postgres.Tests.Backup;

public sealed class BackupStanzaTests
{
    private static readonly DateTimeOffset Now = new(2026, 12, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly BackupStanza Old = new(Guid.NewGuid(), 1, StanzaStage.Ended, Now);
    private static readonly BackupStanza New = new(Guid.NewGuid(), 2, StanzaStage.BackedUp);

    [Fact]
    public void A_database_begins_with_one_of_its_own_name()
    {
        var id = Guid.NewGuid();
        Assert.Equal(new BackupStanza(id, 1, StanzaStage.BackedUp), Assert.Single(BackupStanza.Of(id, new PostgresInternal())));
    }

    [Theory]
    [InlineData("time", -60, false)]
    [InlineData("time", 0, false)]
    [InlineData("time", 1, true)]
    public void A_restore_to_a_moment_begins_from_the_newest_that_has_a_backup_before_it(string type, int seconds, bool fromNew) =>
        Assert.Equal(fromNew ? New : Old, BackupView.From(Both(), new RestorePoint(type, "", Now.AddSeconds(seconds))));

    [Theory]
    [InlineData("lsn", "0/5000000", false)]
    [InlineData("lsn", "0/7000028", true)]
    [InlineData("lsn", "1/0", true)]
    [InlineData("default", "", true)]
    [InlineData("xid", "748", true)]
    public void So_does_one_to_a_place_and_others_begin_from_the_newest(string type, string target, bool fromNew) =>
        Assert.Equal(fromNew ? New : Old, BackupView.From(Both(), new RestorePoint(type, target)));

    [Theory]
    [InlineData(-1, false)]
    [InlineData(1, true)]
    public void Where_nothing_is_said_it_is_the_one_that_took_WAL_then(int seconds, bool fromNew) =>
        Assert.Equal(fromNew ? New : Old, BackupView.From([(Old, null), (New, null)], new RestorePoint("time", "", Now.AddSeconds(seconds))));

    [Fact]
    public void All_together_are_shown_as_one_oldest_first_and_what_takes_WAL_says_how_backup_stands()
    {
        var all = BackupView.Together(Both())!;
        Assert.Equal(["old-1", "old-2", "new-1"], all.Backups.Select(b => b.Name));
        Assert.Equal((true, ""), (all.Ready, all.Problem));
        Assert.Equal(Now.AddDays(-2).AddSeconds(1), BackupView.Window(all, null)!.Earliest);
    }

    [Fact]
    public void Until_the_new_one_has_a_backup_the_one_before_it_says_how_backup_stands()
    {
        var before = Old with { Stage = StanzaStage.BackedUp, EndedAt = null };
        var all = BackupView.Together([(before, Said(before, ("old-1", -60))), (New, new StanzaFacts { Name = New.Name, Problem = "WAL does not arrive", Running = "full" })])!;
        Assert.Equal((true, "", "full"), (all.Ready, all.Problem, all.Running));
        Assert.Equal("old-1", Assert.Single(all.Backups).Name);
    }

    [Fact]
    public void An_ended_one_alone_says_nothing() => Assert.Null(BackupView.Together([(Old, Said(Old, ("old-1", -60))), (New, null)]));

    private static IReadOnlyList<(BackupStanza, StanzaFacts?)> Both() =>
        [(Old, Said(Old, ("old-1", -2 * 86400), ("old-2", -86400))), (New, Said(New, ("new-1", 0)))];

    private static StanzaFacts Said(BackupStanza stanza, params IReadOnlyList<(string Name, int Seconds)> backups) => new()
    {
        Name = stanza.Name,
        Ready = true,
        Backups = { backups.Select(b => new BackupFacts { Name = b.Name, Type = "full", FinishedAt = Now.AddSeconds(b.Seconds).ToUnixTimeSeconds(), LsnStop = b.Name == "new-1" ? "0/7000028" : "0/2000100" }) },
    };
}
