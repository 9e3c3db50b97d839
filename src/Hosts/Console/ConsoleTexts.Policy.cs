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
        "not-checked" => Say("not checked here", "non vérifiée ici"),
        _ => outcome,
    };

    public string LabelTitle => Say("What the data of {0} are", "Ce que sont les données de {0}");

    public string LabelLead => Say(
        "Which rules apply follows from what is stated here. It holds for all that is made in the space: databases, backups, restores and logs. To state less than before needs a second person where the two-person rule is on.",
        "Les règles qui s’appliquent découlent de ce qui est déclaré ici. Cela vaut pour tout ce qui est créé dans l’espace : bases, sauvegardes, restaurations et journaux. Déclarer moins qu’avant demande une seconde personne là où la règle des deux personnes est active.");

    public string StateLabel => Say("State what the data are", "Déclarer ce que sont les données");

    public string Controller => Say("Who answers for the data", "Qui répond des données");

    public string ControllerHelp => Say("Some rules bind the State and its operators alone.", "Certaines règles ne lient que l’État et ses opérateurs.");

    public string ControllerOf(string controller) => controller switch
    {
        "state" => Say("a body of the State", "une administration de l’État"),
        "operator" => Say("an operator of the State", "un opérateur de l’État"),
        "listed-gip" => Say("a public interest group on the State’s list", "un groupement d’intérêt public de la liste de l’État"),
        "hospital" => Say("a hospital", "un établissement de santé"),
        "other" => Say("somebody else", "un autre organisme"),
        _ => controller,
    };

    public string WhatDataAre => Say("The data", "Les données");

    public string HowRulesApply => Say("How rules apply", "Application des règles");

    public string LabelFlagOf(string field) => field switch
    {
        "personal" => Say("are about people who can be told", "concernent des personnes identifiables"),
        "health" => Say("are about health", "concernent la santé"),
        "snds" => Say("come from the SNDS, the national system of health data", "proviennent du Système national des données de santé (SNDS)"),
        "essentialMission" => Say("are needed for essential missions of the State", "sont nécessaires à des missions essentielles de l’État"),
        "r9Chosen" => Say("Keep to rule R9 although it binds nobody here", "Suivre la règle R9 bien qu’elle ne lie personne ici"),
        "selfHosted" => Say("The zone’s operator and who answers for the data are one legal person", "L’opérateur de la zone et qui répond des données sont une même personne morale"),
        "evaluation" => Say("This is an evaluation: there is no real data", "C’est une évaluation : il n’y a pas de données réelles"),
        _ => field,
    };

    public string SecretsTitle => Say("Secrets protected by law that they are under", "Secrets protégés par la loi qui les couvrent");

    public string SecretOf(string secret) => secret switch
    {
        "government-deliberations" => Say("deliberations of the government", "délibérations du Gouvernement"),
        "national-defence" => Say("national defence", "défense nationale"),
        "foreign-policy" => Say("foreign policy", "politique extérieure"),
        "state-security" => Say("security of the State, of the public, of people or of information systems", "sûreté de l’État, sécurité publique, des personnes ou des systèmes d’information"),
        "judicial" => Say("judicial proceedings", "procédures juridictionnelles"),
        "private-life" => Say("private life", "vie privée"),
        "medical" => Say("medical", "secret médical"),
        "business" => Say("business", "secret des affaires"),
        "other" => Say("another", "un autre secret"),
        _ => secret,
    };

    public string HarmsTitle => Say("What a breach could harm", "Ce à quoi une violation pourrait porter atteinte");

    public string HarmOf(string harm) => harm switch
    {
        "order" => Say("public order", "l’ordre public"),
        "security" => Say("public security", "la sécurité publique"),
        "health-life" => Say("health and life of people", "la santé et la vie des personnes"),
        "ip" => Say("intellectual property", "la propriété intellectuelle"),
        _ => harm,
    };

    public string OwnPolicy => Say("Your own limits and derogations", "Vos limites et dérogations");

    public string OwnPolicyLead => Say(
        "Where you let your data be, beyond what the law asks for, and derogations that an authority has granted you. Every space is judged anew by them.",
        "Où vous laissez vos données être, au-delà de ce que la loi demande, et les dérogations qu’une autorité vous a accordées. Chaque espace est jugé à nouveau d’après elles.");

    public string LimitsTitle => Say("Limits", "Limites");

    public string LimitCountries => Say("Only these countries", "Seulement ces pays");

    public string LimitCountriesHelp => Say(
        "Two letters each, e.g. FR DE: of the operator and of every site. Empty for no limit.", "Deux lettres pour chacun, par exemple FR DE : de l’opérateur et de chaque site. Vide pour aucune limite.");

    public string LimitSites => Say("Only these sites", "Seulement ces sites");

    public string LimitSitesHelp => Say("One a line, as the zone declares it. Empty for no limit.", "Un par ligne, tel que la zone le déclare. Vide pour aucune limite.");

    public string Derogations => Say("Derogations", "Dérogations");

    public string NoDerogations => Say("None is recorded.", "Aucune n’est enregistrée.");

    public string FromRules => Say("From rules", "Aux règles");

    public string FromRulesHelp => Say("Those from which there can be a derogation.", "Celles auxquelles il peut être dérogé.");

    public string ForSpace => Say("For the space", "Pour l’espace");

    public string Authority => Say("Authority and decision", "Autorité et décision");

    public string RecordDerogation => Say("Record a derogation", "Enregistrer une dérogation");

    public string RecordDerogationMore => Say(
        "One that an authority has granted and published. Where the two-person rule is on it needs a second person; the ledger has it, and evidence shows it.",
        "Une dérogation qu’une autorité a accordée et publiée. Là où la règle des deux personnes est active, il faut une seconde personne ; le registre la garde, et les preuves la montrent.");

    public string DerogationExists => Say("There is a derogation of this name. Remove it first, or take another name:", "Une dérogation porte ce nom. Supprimez-la d’abord, ou prenez un autre nom :");

    public string DerogationFieldOf(string field) => field switch
    {
        "space" => Say("For which space", "Pour quel espace"),
        "authority" => Say("Who granted it", "Qui l’a accordée"),
        "reference" => Say("Which decision it is", "De quelle décision il s’agit"),
        "publication" => Say("Where it is published", "Où elle est publiée"),
        _ => field,
    };

    public string DerogationFieldHelpOf(string field) => field switch
    {
        "space" => Say("By name; it may be still to come.", "Par son nom ; il peut être encore à venir."),
        "authority" => Say("The authority’s name.", "Le nom de l’autorité."),
        "reference" => Say("Its number.", "Son numéro."),
        "publication" => Say("An address or a place of publication.", "Une adresse ou un lieu de publication."),
        _ => "",
    };

    public string DerogationEnd => Say("The last day on which it holds", "Le dernier jour où elle vaut");

    public string DerogationEndHelp => Say("A derogation has an end.", "Une dérogation a une fin.");

    public string RemoveDerogationTitle => Say("Remove the derogation {0}?", "Supprimer la dérogation {0} ?");

    public string RemoveDerogation => Say("Remove the derogation", "Supprimer la dérogation");

    public string RemoveDerogationMore => Say(
        "What it allowed is judged by the rules again: nothing new is admitted where they refuse. The ledger keeps that it was there.",
        "Ce qu’elle permettait est de nouveau jugé d’après les règles : rien de nouveau n’est admis là où elles refusent. Le registre garde qu’elle a existé.");
}
