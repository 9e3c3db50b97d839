using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Isolation;
using Beffroi.Infrastructure;
using static Beffroi.Contracts.Agents.ProbeFacts.Types;

namespace Beffroi.Services.Isolation.Attempts;

/// <summary>What came of the attempts. Pure.</summary>
internal static class Judgement
{
    private const string Blocked = "blocked";
    private const string ReachedWord = "reached";
    private const string Unable = "unable";

    /// <summary>The probes' attempts with their verdicts.</summary>
    /// <param name="planned">What was asked.</param>
    /// <param name="facts">What each probe told, by role; a probe that told nothing is missing.</param>
    public static IReadOnlyList<IsolationAttempt> Of(IReadOnlyList<Planned> planned, IReadOnlyDictionary<string, ProbeFacts> facts) =>
        [.. planned.Where(p => !p.IsControl).Select(p => Of(p, p.Control is { } c ? planned.First(o => o.Attempt.Number == c) : null, facts))];

    /// <summary>What the host shows of itself and of the instances of these spaces.</summary>
    /// <param name="facts">As the host told.</param>
    /// <param name="spaces">The space under test and the probes' own.</param>
    /// <param name="since">Repairs of the packet filter from then on count: the last verification knew of those before.</param>
    public static IEnumerable<IsolationAttempt> OfHost(IsolationFacts facts, IReadOnlyCollection<Guid> spaces, DateTimeOffset since)
    {
        var repaired = facts.LastRepair is { } repair && repair.At >= since ? repair : null;
        yield return new IsolationAttempt(
            "packet-filter", "platform", "The packet filter's rules are in force as they were written, and were at all times since the last verification",
            Blocked, facts.RulesIntact && repaired is null ? Blocked : ReachedWord, "none",
            facts.RulesIntact && repaired is null ? VerificationStatus.Passed : VerificationStatus.Failed, 1, [],
            !facts.RulesIntact ? "They are not in force now." : repaired is null ? null : FormattableString.Invariant($"{repaired.What} Noticed at {repaired.At:u}, and put right."));
        var instances = facts.Instances.Where(i => spaces.Contains(i.SpaceId)).ToList();
        yield return Each("unprivileged", "Root of every instance is nobody on the host, and none nests others", instances, i => i.Unprivileged);
        yield return Each("own-ids", "No two instances on the host share a user id", instances, i => i.OwnIds);
        yield return Each("port-filter", "Every instance's port takes its own MAC and address only, and no IPv6", instances, i => i.PortFiltered);
        yield return Each("restricted-project", "Every instance is in a restricted project, bound to its space's network", instances, i => i.Restricted);
        yield return Each("own-devices", "No instance has a device beside its disk, its port and its volume", instances, i => i.OnlyOwnDevices);
    }

    /// <summary>The verdict on the whole: one attack that succeeded decides, else one that could not be judged.</summary>
    public static string Verdict(IReadOnlyList<IsolationAttempt> attempts) =>
        attempts.Any(a => a.Verdict == VerificationStatus.Failed) ? VerificationStatus.Failed
        : attempts.Count == 0 || attempts.Any(a => a.Verdict == VerificationStatus.Inconclusive) ? VerificationStatus.Inconclusive
        : VerificationStatus.Passed;

    /// <summary>The verdict in a sentence.</summary>
    public static string Sentence(IReadOnlyList<IsolationAttempt> attempts)
    {
        string Names(string verdict) => string.Join(", ", attempts.Where(a => a.Verdict == verdict).Select(a => a.From + "/" + a.Name).Distinct().Take(12));
        return Verdict(attempts) switch
        {
            VerificationStatus.Passed => $"None of {attempts.Count} attacks succeeded, and every control did.",
            VerificationStatus.Failed => "ATTACKS SUCCEEDED: " + Names(VerificationStatus.Failed) + ".",
            _ => attempts.Count == 0 ? "Nothing could be tried." : "Not proven, as these could not be judged: " + Names(VerificationStatus.Inconclusive) + ".",
        };
    }

    private static IsolationAttempt Each(string name, string what, List<InstanceIsolation> instances, Func<InstanceIsolation, bool> holds)
    {
        var wrong = instances.Where(i => !holds(i)).Select(i => i.InstanceId.ToString("D")).ToList();
        return new IsolationAttempt(
            name, "platform", what, Blocked, wrong.Count == 0 ? Blocked : ReachedWord, "none",
            wrong.Count > 0 ? VerificationStatus.Failed : instances.Count == 0 ? VerificationStatus.Inconclusive : VerificationStatus.Passed, instances.Count, [.. wrong.Take(16)]);
    }

    private static IsolationAttempt Of(Planned planned, Planned? control, IReadOnlyDictionary<string, ProbeFacts> facts)
    {
        var (observed, result, arrivals) = Observe(planned, facts);
        var controlled = control is null ? "none" : Observe(control, facts).Observed == ReachedWord ? ReachedWord : "failed";
        var verdict = observed == ReachedWord ? VerificationStatus.Failed
            : observed == Unable || controlled == "failed" ? VerificationStatus.Inconclusive
            : VerificationStatus.Passed;
        return new IsolationAttempt(
            planned.Name, Role.IsInside(planned.Role) ? "inside" : "outside", planned.What, Blocked, observed, controlled, verdict,
            (int)(result?.Tried ?? 0), [.. (result?.Reached ?? []).Concat(arrivals.Select(r => "arrived at " + r)).Take(16)],
            result is null ? "The probe told nothing of it." : result.Detail is { Length: > 0 } detail ? detail : null);
    }

    private static (string Observed, Result? Result, IReadOnlyList<string> Arrivals) Observe(Planned planned, IReadOnlyDictionary<string, ProbeFacts> facts)
    {
        var result = facts.TryGetValue(planned.Role, out var own) ? own.Results.FirstOrDefault(r => r.Number == planned.Attempt.Number) : null;
        List<string> arrivals = [.. planned.Receivers.Where(r => facts.TryGetValue(r, out var there) && there.Received.Contains(planned.Attempt.Number))];
        var deaf = planned.Receivers.Any(r => !facts.TryGetValue(r, out var there) || there.Phase < ProbeConfiguration.Types.Phase.Collect);
        return (arrivals.Count > 0 || result?.Outcome == Outcome.Reached ? ReachedWord
            : result is null || result.Outcome != Outcome.Blocked || deaf ? Unable
            : Blocked, result, arrivals);
    }
}
