using Beffroi.Contracts.Policy;
using Beffroi.Kernel;
using static Beffroi.Kernel.LedgerReason;

namespace Beffroi.Platform.Policy;

/// <summary>What the rules say of something that is to be made in a space.</summary>
/// <param name="Rules">Every rule's outcome.</param>
public sealed record PolicyDecision(IReadOnlyList<RuleOutcome> Rules)
{
    /// <summary>The refusal (422) that names each rule that refuses; null if none does.</summary>
    public Problem? Refusal => Those(RuleOutcome.Refused) is not { Count: > 0 } refusing ? null : new Problem(
        "policy-refused", 422, "A rule refuses this",
        string.Join(" ", refusing.Select(r => $"{r.Rule}: {r.Why!.En}")) + " `beffroi policy explain` tells all rules of a space, `beffroi policy rules` where they come from.",
        [.. refusing.Select(r => new FieldError("label", $"{r.Rule} ({r.Title.En}): {r.Why!.En}", "another zone, a label that is true and to which the rule does not apply, or an evaluation without real data"))])
    {
        // The rest of the decision too: what else applied, and came to what.
        Reason = $"policy-refused: {Join(", ", refusing.Select(r => Name(r.Rule)))}; {Note}",
    };

    /// <summary>Of the rules that apply, each id and outcome, for the ledger; null if none applies.</summary>
    public LedgerReason? Note => Join(", ", Rules.Where(r => r.Outcome != RuleOutcome.NotApplicable).Select(Told)) is { } told ? Of($"policy: {told}") : null;

    /// <summary>Of several spaces together, how many came to which outcome, the worst of each space's counting; null of none.</summary>
    public static LedgerReason? NoteOf(IReadOnlyCollection<PolicyDecision> spaces)
    {
        var counts = ((string[])[RuleOutcome.Refused, RuleOutcome.Warned, RuleOutcome.Derogated, RuleOutcome.NotChecked, RuleOutcome.Satisfied, RuleOutcome.NotApplicable])
            .Select(outcome => (Outcome: outcome, Count: spaces.Count(s => s.Worst == outcome))).Where(o => o.Count > 0);
        return Join(", ", counts.Select(Counted)) is { } told ? Of($"policy: {told}") : null;

        static LedgerReason Counted((string Outcome, int Count) of) => $"{of.Count} {(of.Count == 1 ? Words("space") : Words("spaces"))} {Name(of.Outcome)}";
    }

    /// <summary>Of a space as a whole, at a time.</summary>
    internal Condition Condition(DateTimeOffset now)
    {
        var (refusing, warning, derogated) = (Those(RuleOutcome.Refused), Those(RuleOutcome.Warned), Those(RuleOutcome.Derogated));
        return refusing.Count > 0 ? new Condition(ConditionType, false, "Refused", Said(refusing) + " Nothing new is admitted.", now)
            : warning.Count > 0 ? new Condition(ConditionType, false, "Evaluation", "An evaluation, without real data; with real data this would be refused. " + Said(warning), now)
            : derogated.Count > 0 ? new Condition(ConditionType, true, "Derogated", string.Join(" ", derogated.Select(r => $"{r.Rule}: derogation {r.Derogation} until {r.Until:O}.")), now)
            : new Condition(
                ConditionType, true, "Holds",
                (Those(RuleOutcome.Satisfied) is { Count: > 0 } held ? "These hold: " + string.Join(", ", held.Select(r => r.Until is { } until ? $"{r.Rule} until {until:O}" : r.Rule)) + "." : "No rule applies to the label.")
                + (Those(RuleOutcome.NotChecked) is { Count: > 0 } told ? $" Not checked here: {string.Join(", ", told.Select(r => r.Rule))}." : ""), now);
    }

    private string Worst =>
        new[] { RuleOutcome.Refused, RuleOutcome.Warned, RuleOutcome.Derogated, RuleOutcome.NotChecked, RuleOutcome.Satisfied }.FirstOrDefault(outcome => Rules.Any(r => r.Outcome == outcome)) ?? RuleOutcome.NotApplicable;

    private static LedgerReason Told(RuleOutcome rule)
    {
        LedgerReason? derogated = rule is { Outcome: RuleOutcome.Derogated, Derogation: { } derogation, Until: { } until } ? Of($" by {Name(derogation)} until {until}") : null;
        return $"{Name(rule.Rule)} {Name(rule.Outcome)}{derogated}";
    }

    internal const string ConditionType = "PolicyHolds";

    private static string Said(IEnumerable<RuleOutcome> outcomes) => string.Join(" ", outcomes.Select(r => $"{r.Rule}: {r.Why!.En}"));

    private List<RuleOutcome> Those(string outcome) => [.. Rules.Where(r => r.Outcome == outcome)];
}
