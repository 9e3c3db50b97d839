using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Backup;

/// <summary>What is due in a repository. Pure.</summary>
internal static class BackupPlan
{
    /// <summary>
    /// The next thing to do for a stanza, or null. Asked-for things come before what the schedule wants, as far as that leaves no database without
    /// its daily backup: a full one that is due replaces the one that was asked for.
    /// </summary>
    internal static RepositoryConfiguration.Types.Request? Due(RepositoryConfiguration.Types.Stanza stanza, StanzaFacts facts, DateTimeOffset now)
    {
        var sound = facts.Backups.Where(b => !b.Damaged).ToList();
        var lastFull = sound.LastOrDefault(b => b.Type == "full");
        var asked = stanza.Requests.FirstOrDefault(r =>
            r.Type == "drill" ? facts.Drills.All(d => d.Id != r.Id) : facts.Backups.All(b => b.RequestId != r.Id));
        if (asked is { Type: not "drill" })
        {
            return lastFull is null ? new(asked) { Type = "full" } : asked;
        }

        if (stanza.Nodes.Count > 0)
        {
            if (lastFull is null || Age(lastFull.FinishedAt, now) >= TimeSpan.FromDays(stanza.FullEveryDays))
            {
                return new() { Type = "full" };
            }

            if (Age(sound[^1].FinishedAt, now) >= TimeSpan.FromHours(stanza.IncrementalEveryHours))
            {
                return new() { Type = "incr" };
            }
        }

        return asked is not null && lastFull is not null ? asked
            : lastFull is not null && DrillIsDue(stanza, facts, now) ? new() { Type = "drill" }
            : null;
    }

    /// <summary>
    /// How many full backups to keep, or null where nothing may go: the newest that is at least as old as <c>keep_days</c> and all after it, and
    /// never fewer than <c>keep_fulls</c>. What goes is then older than its lock.
    /// </summary>
    internal static int? FullsToKeep(RepositoryConfiguration.Types.Stanza stanza, StanzaFacts facts, DateTimeOffset now)
    {
        var fulls = facts.Backups.Where(b => b.Type == "full").Reverse().ToList();
        var kept = fulls.FindIndex(full => !full.Damaged && Age(full.FinishedAt, now) >= TimeSpan.FromDays(stanza.KeepDays)) + 1;
        var keep = Math.Max(kept, stanza.KeepFulls);
        return kept > 0 && keep < fulls.Count ? keep : null;
    }

    // The first a day after the first backup; a failed one is tried again the next day.
    private static bool DrillIsDue(RepositoryConfiguration.Types.Stanza stanza, StanzaFacts facts, DateTimeOffset now) =>
        stanza.DrillEveryDays > 0
        && (facts.Drills.LastOrDefault() is { } last
            ? Age(last.FinishedAt, now) >= TimeSpan.FromDays(last.Passed ? stanza.DrillEveryDays : 1)
            : Age(facts.Backups[0].FinishedAt, now) >= TimeSpan.FromDays(1));

    private static TimeSpan Age(long unixSeconds, DateTimeOffset now) => now - DateTimeOffset.FromUnixTimeSeconds(unixSeconds);
}
