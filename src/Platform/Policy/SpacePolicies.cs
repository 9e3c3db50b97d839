using Beffroi.Contracts;
using Beffroi.Contracts.Policy;
using Beffroi.Kernel;
using Beffroi.Platform.Conditions;
using Beffroi.Platform.Ledger;
using Npgsql;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Policy;

internal sealed class SpacePolicies(ISpaceConditions conditions, ILedger ledger, TimeProvider time) : IPolicy
{
    // Evaluated every hour: after a day without, nobody may rely on it.
    private static readonly TimeSpan StaleAfter = TimeSpan.FromDays(1);

    private DateOnly Today => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);

    public Result<SpaceLabel> LabelOf(PutSpace content)
    {
        if (content.Classification is { } classification && !Labels.Classifications.Contains(classification))
        {
            return Problem.Invalid(new FieldError("classification", "This classification is not known.", string.Join(", ", Labels.Classifications)));
        }

        if (content.Label is not { } label)
        {
            return content.Classification is null && !content.Evaluation
                ? new Problem(
                    "policy-refused", 422, "A rule refuses this",
                    $"{RuleBook.LabelRequired}: nobody said what the space's data are. State a classification or a label, or that it is an evaluation without real data.",
                    [new FieldError("classification", $"{RuleBook.LabelRequired}: no label, no space.", string.Join(", ", Labels.Classifications) + "; or a label, or evaluation")])
                { Reason = $"policy-refused: {Words(RuleBook.LabelRequired)}" }
                : Labels.Of(content.Classification ?? "open", content.Evaluation);
        }

        var errors = Labels.Check(label, "label.").ToList();
        if (content.Evaluation)
        {
            errors.Add(new FieldError("evaluation", "With a label, this belongs in it.", "label.evaluation"));
        }

        if (errors.Count == 0 && content.Classification is { } said && said != Labels.Classify(label))
        {
            errors.Add(new FieldError("classification", $"The label amounts to {Labels.Classify(label)}.", Labels.Classify(label)));
        }

        return errors.Count > 0 ? Problem.Invalid(errors) : label;
    }

    public async Task<PolicyDecision> AdmitAsync(NpgsqlConnection connection, Guid organizationId, string space, string zone, SpaceLabel label, CancellationToken cancellationToken) =>
        new(Evaluation.Run(
            RuleBook.This, label, (await ZoneTable.FindAsync(connection, zone, cancellationToken)).Declaration, await PolicyTable.LimitsAsync(connection, organizationId, cancellationToken),
            [.. (await PolicyTable.DerogationsAsync(connection, organizationId, cancellationToken)).Where(d => d.Space == space)], Today));

    public async Task<PolicyDecision> AdmitAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken) =>
        Decide((await PolicyTable.FindAsync(connection, spaceId, cancellationToken))!);

    public async Task<PolicyDecision?> FindAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken) =>
        await PolicyTable.FindAsync(connection, spaceId, cancellationToken) is { } basis ? Decide(basis) : null;

    public async Task StateAsync(NpgsqlConnection connection, Guid spaceId, SpaceLabel label, string by, CancellationToken cancellationToken)
    {
        await PolicyTable.StateAsync(connection, spaceId, label, by, cancellationToken);
        var stated = (await PolicyTable.FindAsync(connection, spaceId, cancellationToken))!;
        await ZoneTable.TakeTurnAsync(connection, stated.Space.Zone, cancellationToken);
        await EvaluateAsync(connection, spaceId, by, cancellationToken);
    }

    public async Task<SpacePolicy> ExplainAsync(NpgsqlConnection connection, Guid spaceId, CancellationToken cancellationToken)
    {
        var basis = (await PolicyTable.FindAsync(connection, spaceId, cancellationToken))!;
        var space = basis.Space;
        return new SpacePolicy(space.OrganizationName, space.Name, space.Zone, Labels.Classify(space.Label), space.Label, space.StatedBy, space.StatedAt, Today, Decide(basis).Rules);
    }

    public async Task<LedgerReason?> EvaluateAsync(NpgsqlConnection connection, CancellationToken cancellationToken, Guid? organizationId = null, string? by = null)
    {
        foreach (var zone in (await PolicyTable.ListAsync(connection, cancellationToken)).Select(s => s.Zone).Distinct().Order(StringComparer.Ordinal).ToList())
        {
            // Else a condition could be of what was before another's change.
            await ZoneTable.TakeTurnAsync(connection, zone, cancellationToken);
        }

        var decisions = new List<PolicyDecision>();
        foreach (var space in await PolicyTable.ListAsync(connection, cancellationToken))
        {
            if (organizationId is null || space.OrganizationId == organizationId)
            {
                decisions.Add(await EvaluateAsync(connection, space.Id, by, cancellationToken));
            }
        }

        return PolicyDecision.NoteOf(decisions);
    }

    private PolicyDecision Decide(SpaceBasis basis) => new(Evaluation.Run(RuleBook.This, basis.Space.Label, basis.Zone, basis.Limits, basis.Derogations, Today));

    private async Task<PolicyDecision> EvaluateAsync(NpgsqlConnection connection, Guid spaceId, string? by, CancellationToken cancellationToken)
    {
        var basis = (await PolicyTable.FindAsync(connection, spaceId, cancellationToken))!;
        var (space, decision) = (basis.Space, Decide(basis));
        var now = decision.Condition(time.GetUtcNow());
        var before = (await conditions.ListAsync(connection, spaceId, cancellationToken)).FirstOrDefault(c => c.Type == now.Type);
        await conditions.SetAsync(connection, spaceId, now, StaleAfter, cancellationToken);
        // Of a new space, the entry of its creation tells.
        if (before is not null && (before.Holds, before.Reason) != (now.Holds, now.Reason))
        {
            await ledger.AppendAsync(connection, new LedgerEntry(
                "system:policy", "policy.evaluate", now.Holds == true ? "done" : "failed", space.OrganizationId, $"/v1/organizations/{space.OrganizationName}/spaces/{space.Name}",
                spaceId, Reason: decision.Note ?? Words("policy: no rule applies"), OnBehalfOf: by), cancellationToken);
        }

        return decision;
    }
}
