namespace Beffroi.Hosts.WebConsole;

/// <summary>What the page on safeguards and the search of the ledger say.</summary>
internal sealed partial class ConsoleTexts
{
    /// <summary>What a field for a day can show (HTML, «valid date string»); null for what is none.</summary>
    public static string? Day(string text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", out _) ? text : null;

    public string Safeguards => Say("Safeguards", "Garde-fous");

    public string SafeguardsLead => Say(
        "What protects your organization from its own people’s mistakes, and from one of them alone.",
        "Ce qui protège votre organisation des erreurs des siens, et de l’un d’eux agissant seul.");

    public string GraceHours => Say("Hours in which a deletion can be undone", "Heures pendant lesquelles une suppression peut être annulée");

    public string DeletionGraceHelp => Say(
        "0 to 8760. Then the key is destroyed, and nobody brings the data back.",
        "De 0 à 8760. Ensuite la clé est détruite, et nul ne rétablit les données.");

    public string AllowImmediate => Say("A deletion may ask for no grace at all", "Une suppression peut se faire sans aucun délai");

    public string ImmediateDeletionHelp => Say("Then one command is enough to lose a database.", "Alors une seule commande suffit pour perdre une base.");

    public string TwoPersonRuleHelp => Say(
        "Sealing, unsealing, another key provider, immediate deletion, a shorter retention of backups and changes on this page wait until a second person has approved them.",
        "La pose et la levée des scellés, un autre fournisseur de clé, la suppression immédiate, une conservation plus courte des sauvegardes et les changements de cette page attendent qu’une seconde personne les approuve.");

    public string PasskeyConsents => Say("Passkeys may agree to the operator’s access", "Les clés d’accès peuvent consentir aux accès de l’opérateur");

    public string PasskeyConsentsHelp => Say(
        "Beside keys on your people’s own machines. A passkey signs what a page of this server asks for, a key at the command line what the command shows: in sensitive and health spaces one of the two people always needs the latter. Switched off, what passkeys have signed opens nothing any more.",
        "En plus des clés gardées sur les postes des vôtres. Une clé d’accès signe ce que demande une page de ce serveur, une clé en ligne de commande ce que la commande montre : dans les espaces sensibles ou de santé, l’une des deux personnes doit toujours se servir de la seconde. Sans ce choix, ce que des clés d’accès ont signé n’ouvre plus rien.");

    public string SearchLedger => Say("Search the ledger", "Chercher dans le registre");

    public string ActionHelp => Say("As in an entry: postgres.create", "Comme dans une écriture : postgres.create");

    public string ActorHelp => Say("As in an entry: customer:bob", "Comme dans une écriture : customer:bob");

    public string AnyOutcome => Say("whatever it was", "quelle qu’elle soit");

    public string FromDay => Say("From the day", "À partir du jour");

    public string ToDay => Say("To the day", "Jusqu’au jour");

    public string Search => Say("Search", "Chercher");

    public string NothingFound => Say("No entry is so.", "Aucune écriture n’est ainsi.");

    public string FoundMore => Say("Later entries", "Écritures suivantes");

    public string FoundLead => Say("What was found, oldest first.", "Ce qui a été trouvé, le plus ancien d’abord.");
}
