using Beffroi.Contracts.Evidence;
using Beffroi.Services.Evidence.Checks;
using Beffroi.Services.Evidence.Frameworks;
using Npgsql;

namespace Beffroi.Services.Evidence;

/// <summary>Puts together what is known: findings by check, and requirements by framework. Safe for concurrent use on different connections.</summary>
internal sealed class EvidenceReading(IEnumerable<IEvidenceCheck> checks, TimeProvider time)
{
    private static readonly LocalText NotYet = new("Nobody has looked yet: it takes half a minute.", "Personne n'a encore regardé : il faut une demi-minute.");

    // Which checks show something of a requirement, by FRAMEWORK/REQUIREMENT.
    private readonly ILookup<string, string> _shown = checks.SelectMany(c => c.Description.Requirements.Select(r => (Requirement: r, c.Description.Name)))
        .ToLookup(pair => pair.Requirement, pair => pair.Name, StringComparer.Ordinal);

    /// <summary>The ledger's actions that tell of any check.</summary>
    public IReadOnlyList<string> LedgerActions { get; } =
        [.. checks.SelectMany(c => c.Description.LedgerActions).Concat(["evidence.hold", "evidence.fail", "evidence.lapse", "evidence.attest", "evidence.withdraw", "evidence.report"]).Distinct()];

    /// <summary>What every check found of an organization when it ran last.</summary>
    public async Task<IReadOnlyList<EvidenceFinding>> FindingsAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        var (kept, now) = (await FindingTable.ListAsync(connection, organizationId, cancellationToken), time.GetUtcNow());
        return [.. checks.Select(c => Show(c.Description, kept.GetValueOrDefault(c.Description.Name), now)).OrderBy(f => f.Check, StringComparer.Ordinal)];
    }

    /// <summary>A framework's requirements with what is known of each.</summary>
    public async Task<FrameworkEvidence> OfAsync(NpgsqlConnection connection, Framework framework, Guid organizationId, string organization, CancellationToken cancellationToken)
    {
        var findings = await FindingsAsync(connection, organizationId, cancellationToken);
        var attestations = (await AttestationTable.ListAsync(connection, organizationId, framework.Name, cancellationToken)).ToLookup(a => a.Requirement, StringComparer.Ordinal);
        var now = time.GetUtcNow();
        var requirements = framework.Requirements.Select(row => Show(row, [.. findings.Where(f => _shown[$"{framework.Name}/{row.Id}"].Contains(f.Check))], [.. attestations[row.Id]], now)).ToList();
        return new FrameworkEvidence(
            framework.View, organization, now, [.. findings.Where(f => requirements.Exists(r => r.Checks.Contains(f.Check)))], requirements);
    }

    private static EvidenceFinding Show(CheckDescription check, FindingRow? row, DateTimeOffset now) => new(
        check.Name, check.Title, check.Means, check.Enforced, RequirementState.OfFinding(row, now), row?.Message ?? NotYet, row?.Since, row?.ObservedAt, row?.GoodUntil, row?.Sources ?? []);

    private static RequirementEvidence Show(FrameworkRow row, IReadOnlyList<EvidenceFinding> findings, IReadOnlyList<Attestation> attestations, DateTimeOffset now)
    {
        var state = RequirementState.Of(findings, attestations, DateOnly.FromDateTime(now.UtcDateTime));
        var shown = state is RequirementState.Enforced or RequirementState.Fresh;
        return new(
            row.Id, row.Title, row.Kind, row.Strength ?? "must", state, shown ? findings.Where(f => f.State == RequirementState.Holds).Max(f => f.Since) : null,
            findings.Where(f => f.State != RequirementState.Unknown).Min(f => f.GoodUntil),
            [.. findings.Select(f => f.Check)], attestations);
    }
}
