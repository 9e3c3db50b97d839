using Beffroi.Contracts.Evidence;

namespace Beffroi.Services.Evidence;

/// <summary>The states of findings and requirements, and how one follows from the other.</summary>
internal static class RequirementState
{
    public const string Enforced = "enforced", Fresh = "fresh", Failing = "failing", Stale = "stale", Attested = "attested", AttestationExpired = "attestation-expired", NotShown = "not-shown";

    /// <summary>Of a finding.</summary>
    public const string Holds = "holds", Fails = "fails", Unknown = "unknown";

    /// <summary>Of a finding as it is kept; null if there is none yet.</summary>
    public static string OfFinding(FindingRow? row, DateTimeOffset now) =>
        row?.Holds is not { } holds ? Unknown : row.GoodUntil < now ? Stale : holds ? Holds : Fails;

    /// <summary>Of a requirement: what a check says comes before anybody's word, and one that has nothing to judge says nothing.</summary>
    public static string Of(IReadOnlyCollection<EvidenceFinding> findings, IReadOnlyCollection<Attestation> attestations, DateOnly today)
    {
        bool Any(string state) => findings.Any(f => f.State == state);
        return Any(Fails) ? Failing
            : Any(Stale) ? Stale
            : Any(Holds) ? (findings.All(f => f.Enforced || f.State == Unknown) ? Enforced : Fresh)
            : attestations.Any(a => a.ValidUntil >= today) ? Attested
            : attestations.Count > 0 ? AttestationExpired
            : NotShown;
    }
}
