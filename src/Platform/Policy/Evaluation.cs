using Beffroi.Contracts.Evidence;
using Beffroi.Contracts.Policy;

namespace Beffroi.Platform.Policy;

/// <summary>What each rule says of a space in a zone on a day. Pure.</summary>
internal static class Evaluation
{
    /// <summary>Every rule's outcome, in the rules' order.</summary>
    /// <param name="book">The rules.</param>
    /// <param name="label">Of the space.</param>
    /// <param name="zone">What is declared of its zone.</param>
    /// <param name="limits">Its organization's.</param>
    /// <param name="derogations">Those recorded for the space.</param>
    /// <param name="today">The day, UTC.</param>
    public static IReadOnlyList<RuleOutcome> Run(
        RuleBook book, SpaceLabel label, ZoneDeclaration zone, PolicyLimits limits, IReadOnlyList<Derogation> derogations, DateOnly today)
    {
        var facts = PolicyFacts.Of(label, zone, limits);
        return [.. book.Rules.Select(rule => One(book, rule, facts, label, zone, limits, derogations, today))];
    }

    private static RuleOutcome One(
        RuleBook book, RuleDefinition rule, IReadOnlySet<string> facts, SpaceLabel label, ZoneDeclaration zone, PolicyLimits limits, IReadOnlyList<Derogation> derogations, DateOnly today)
    {
        if (rule.Applies.FirstOrDefault(all => all.All(facts.Contains)) is not { } because)
        {
            return new RuleOutcome(rule.Id, rule.Title, RuleOutcome.NotApplicable, new LocalText("It does not apply to this label.", "Elle ne s'applique pas à cette étiquette."), null);
        }

        var applies = new LocalText(
            "It applies: " + string.Join(", ", because.Select(f => book.Facts[f].En)) + ".", "Elle s'applique : " + string.Join(", ", because.Select(f => book.Facts[f].Fr)) + ".");
        if (rule.Duty)
        {
            return new RuleOutcome(
                rule.Id, rule.Title, RuleOutcome.NotChecked, applies,
                new LocalText($"For whoever answers for the data; the platform does not check it. {rule.Text.En}", $"À la charge de qui répond des données ; la plateforme ne le vérifie pas. {rule.Text.Fr}"));
        }

        var (met, why, until) = Requirements.Check(rule, zone, limits, today);
        if (met)
        {
            return new RuleOutcome(rule.Id, rule.Title, RuleOutcome.Satisfied, applies, why, Until: until);
        }

        if (rule.Derogable && derogations.Where(d => d.Rules.Contains(rule.Id) && d.Expires >= today).OrderByDescending(d => d.Expires).FirstOrDefault() is { } derogation)
        {
            return new RuleOutcome(
                rule.Id, rule.Title, RuleOutcome.Derogated, applies,
                new LocalText(
                    $"{why.En} Derogation {derogation.Name} of {derogation.Authority}, {derogation.Reference}, published: {derogation.Publication}.",
                    $"{why.Fr} Dérogation {derogation.Name} de {derogation.Authority}, {derogation.Reference}, publiée : {derogation.Publication}."),
                derogation.Name, derogation.Expires);
        }

        return new RuleOutcome(rule.Id, rule.Title, label.Evaluation ? RuleOutcome.Warned : RuleOutcome.Refused, applies, why);
    }
}
