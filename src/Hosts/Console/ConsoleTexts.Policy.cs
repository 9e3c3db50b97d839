namespace Beffroi.Hosts.WebConsole;

/// <summary>What is said of rules about where which data may be.</summary>
internal sealed partial class ConsoleTexts
{
    public string PolicyTitle => Say("What the rules say", "Ce que disent les règles");

    public string Rule => Say("Rule", "Règle");

    public string RuleUntil => Say("Until", "Jusqu’au");

    public string Why => Say("Why", "Pourquoi");

    public string LabelStatedBy => Say("What the data are was stated by {0}.", "Ce que sont les données a été déclaré par {0}.");

    public string LabelNotStated => Say(
        "Nobody has stated what the data are: the rules take the classification for it.",
        "Personne n’a déclaré ce que sont les données : les règles s’en tiennent à la classification.");

    public string IsEvaluation => Say(
        "This is an evaluation, without real data: what would be refused is a warning.",
        "C’est une évaluation, sans données réelles : ce qui serait refusé est un avertissement.");

    public string RuleOutcomeOf(string outcome) => outcome switch
    {
        "not-applicable" => Say("does not apply", "ne s’applique pas"),
        "satisfied" => Say("holds", "tenue"),
        "refused" => Say("refuses", "refuse"),
        "warned" => Say("would refuse", "refuserait"),
        "derogated" => Say("derogation", "dérogation"),
        _ => outcome,
    };
}
