using Beffroi.Contracts.Evidence;

namespace Beffroi.Contracts.Policy;

/// <summary>What every rule says of a space on a day.</summary>
/// <param name="Organization">Whose it is.</param>
/// <param name="Space">Its name.</param>
/// <param name="Zone">Where it is.</param>
/// <param name="Classification">How sensitive its data are, by the label alone, whichever rules apply.</param>
/// <param name="Label">What is stated of its data.</param>
/// <param name="StatedBy">Who stated it; null: nobody did, and it is what the classification is taken to mean.</param>
/// <param name="StatedAt">When, UTC.</param>
/// <param name="On">The day, UTC.</param>
/// <param name="Rules">Every rule's outcome.</param>
public sealed record SpacePolicy(
    string Organization, string Space, string Zone, string Classification, SpaceLabel Label, string? StatedBy, DateTimeOffset? StatedAt, DateOnly On, IReadOnlyList<RuleOutcome> Rules);

/// <summary>What a rule says.</summary>
/// <param name="Rule">Its id.</param>
/// <param name="Title">Its title.</param>
/// <param name="Outcome"><c>not-applicable</c>, <c>satisfied</c>, <c>refused</c>, <c>warned</c> (it would be refused if this were no evaluation), <c>derogated</c> or <c>not-checked</c>.</param>
/// <param name="Applies">Why it applies, or that it doesn't.</param>
/// <param name="Why">What it found; null if it doesn't apply.</param>
/// <param name="Derogation">The name of the derogation in force.</param>
/// <param name="Until">The last day on which this can still be so: of the derogation, or of what the rule found.</param>
public sealed record RuleOutcome(string Rule, LocalText Title, string Outcome, LocalText Applies, LocalText? Why, string? Derogation = null, DateOnly? Until = null)
{
    /// <summary>The rule does not apply to the label.</summary>
    public const string NotApplicable = "not-applicable";

    /// <summary>It applies and is met.</summary>
    public const string Satisfied = "satisfied";

    /// <summary>It applies and is not met: nothing new is admitted.</summary>
    public const string Refused = "refused";

    /// <summary>It would refuse, if this were no evaluation.</summary>
    public const string Warned = "warned";

    /// <summary>It is not met, and an authority's derogation is in force.</summary>
    public const string Derogated = "derogated";

    /// <summary>It applies, and asks for what is done with the data and no zone can have: it is told, and nothing here checks it.</summary>
    public const string NotChecked = "not-checked";
}

/// <summary>A rule.</summary>
/// <param name="Id">Named in refusals and in the ledger.</param>
/// <param name="Title">For people.</param>
/// <param name="Text">What it asks for, in this project's words.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Derogable">Whether an authority's derogation from it can be recorded.</param>
public sealed record PolicyRule(string Id, LocalText Title, LocalText Text, LocalText Source, bool Derogable);

/// <summary>Where an organization lets its data be, beyond what the law asks for.</summary>
/// <param name="Countries">Only these, ISO 3166-1 alpha-2: of the operator and of every site; null for no limit.</param>
/// <param name="Sites">Only these sites; null for no limit.</param>
public sealed record PolicyLimits(IReadOnlyList<string>? Countries = null, IReadOnlyList<string>? Sites = null);

/// <summary>A derogation from a rule that an authority has granted, as the organization recorded it.</summary>
/// <param name="Name">The organization's name for it.</param>
/// <param name="Rules">From which rules.</param>
/// <param name="Space">For which space, by name; it may be still to come.</param>
/// <param name="Authority">Who granted it.</param>
/// <param name="Reference">The decision's number.</param>
/// <param name="Publication">Where it is published.</param>
/// <param name="Expires">The last day on which it holds.</param>
/// <param name="RecordedBy">Who recorded it.</param>
/// <param name="RecordedAt">When, UTC.</param>
public sealed record Derogation(
    string Name, IReadOnlyList<string> Rules, string Space, string Authority, string Reference, string Publication, DateOnly Expires, string RecordedBy, DateTimeOffset RecordedAt);

/// <summary>Records a derogation: the fields are those of <see cref="Derogation"/>.</summary>
/// <param name="Rules">Ids of rules from which there can be one; one at least.</param>
/// <param name="Space">A space's name.</param>
/// <param name="Authority">1 to 200 characters.</param>
/// <param name="Reference">1 to 200 characters.</param>
/// <param name="Publication">An address (https) or a place of publication, 1 to 500 characters.</param>
/// <param name="Expires">The last day; not past.</param>
public sealed record PutDerogation(IReadOnlyList<string> Rules, string Space, string Authority, string Reference, string Publication, DateOnly Expires);
