using Beffroi.Agent.Backup;
using Beffroi.Contracts.Agents;
using Request = Beffroi.Contracts.Agents.RepositoryConfiguration.Types.Request;
using Stanza = Beffroi.Contracts.Agents.RepositoryConfiguration.Types.Stanza;

namespace Beffroi.Agent.Tests.Backup;

public sealed class BackupPlanTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_first_is_a_full_one_whatever_was_asked()
    {
        Assert.Equal("full", BackupPlan.Due(Wanted(), Facts(), Now)!.Type);
        var asked = BackupPlan.Due(Wanted(new Request { Id = "a", Type = "incr", Label = "mine" }), Facts(), Now)!;
        Assert.Equal(("full", "a", "mine"), (asked.Type, asked.Id, asked.Label));
    }

    [Theory]
    [InlineData(23, 23, null)]
    [InlineData(25, 25, "incr")]
    [InlineData(167, 1, null)]
    [InlineData(168, 1, "full")]
    public void The_schedule_wants_one_a_day_and_a_full_one_a_week(int fullHoursAgo, int lastHoursAgo, string? due)
    {
        var facts = Facts(Made("full", fullHoursAgo), Made("incr", lastHoursAgo));
        facts.Drills.Add(new DrillFacts { Id = "d", Passed = true, FinishedAt = Now.AddHours(-1).ToUnixTimeSeconds() });
        Assert.Equal(due, BackupPlan.Due(Wanted(), facts, Now)?.Type);
    }

    [Fact]
    public void What_was_asked_for_is_made_once()
    {
        var wanted = Wanted(new Request { Id = "a", Type = "incr" }, new Request { Id = "b", Type = "drill" });
        var facts = Facts(Made("full", 1));
        Assert.Equal("a", BackupPlan.Due(wanted, facts, Now)!.Id);
        facts.Backups.Add(new BackupFacts(Made("incr", 0)) { RequestId = "a" });
        Assert.Equal("b", BackupPlan.Due(wanted, facts, Now)!.Id);
        facts.Drills.Add(new DrillFacts { Id = "b", Passed = true, FinishedAt = Now.ToUnixTimeSeconds() });
        Assert.Null(BackupPlan.Due(wanted, facts, Now));
    }

    [Fact]
    public void A_damaged_backup_does_not_count()
    {
        Assert.Equal("full", BackupPlan.Due(Wanted(), Facts(new BackupFacts(Made("full", 1)) { Damaged = true }), Now)!.Type);
    }

    [Fact]
    public void A_drill_that_failed_comes_again_the_next_day()
    {
        var facts = Facts(Made("full", 100), Made("incr", 2));
        facts.Drills.Add(new DrillFacts { Id = "x", Passed = false, FinishedAt = Now.AddHours(-25).ToUnixTimeSeconds() });
        Assert.Equal("drill", BackupPlan.Due(Wanted(), facts, Now)!.Type);
        facts.Drills[0].Passed = true;
        Assert.Null(BackupPlan.Due(Wanted(), facts, Now));
    }

    [Fact]
    public void A_deleted_databases_backups_are_only_kept()
    {
        var wanted = Wanted();
        wanted.Nodes.Clear();
        wanted.DrillEveryDays = 0;
        Assert.Null(BackupPlan.Due(wanted, Facts(Made("full", 1000)), Now));
    }

    // Kept: the newest full backup that is 23 days old, and what follows it; never fewer than two.
    [Theory]
    [InlineData(new[] { 10, 3 }, null)]
    [InlineData(new[] { 40, 22, 10 }, null)]
    [InlineData(new[] { 40, 30, 24, 10, 3 }, 3)]
    [InlineData(new[] { 60, 30 }, null)]
    [InlineData(new[] { 90, 60, 30 }, 2)]
    public void Nothing_goes_before_it_is_free(int[] fullsDaysAgo, int? keep)
    {
        Assert.Equal(keep, BackupPlan.FullsToKeep(Wanted(), Facts([.. fullsDaysAgo.Select(d => Made("full", d * 24))]), Now));
    }

    private static Stanza Wanted(params Request[] requests)
    {
        var stanza = new Stanza { Name = "s", KeepDays = 23, KeepFulls = 2, FullEveryDays = 7, IncrementalEveryHours = 24, DrillEveryDays = 7 };
        stanza.Nodes.Add(new RepositoryConfiguration.Types.Node { Id = "n", Address = "10.0.0.2" });
        stanza.Requests.AddRange(requests);
        return stanza;
    }

    private static StanzaFacts Facts(params BackupFacts[] backups)
    {
        var facts = new StanzaFacts { Name = "s" };
        facts.Backups.AddRange(backups);
        return facts;
    }

    private static BackupFacts Made(string type, int hoursAgo) => new() { Name = type + hoursAgo, Type = type, FinishedAt = Now.AddHours(-hoursAgo).ToUnixTimeSeconds() };
}
