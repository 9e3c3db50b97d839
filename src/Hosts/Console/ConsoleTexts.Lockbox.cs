namespace Beffroi.Hosts.WebConsole;

/// <summary>What the pages on the operator's access say.</summary>
internal sealed partial class ConsoleTexts
{
    public string Lockbox => Say("Operator access", "Accès de l’opérateur");

    public string LockboxLead => Say(
        "The operator’s people see nothing of yours unless you sign for it. What they asked for, and each time something was shown, stands here and in your ledger.",
        "Les personnes de l’opérateur ne voient rien de chez vous sans votre signature. Ce qu’elles ont demandé, et chaque fois que quelque chose a été montré, figure ici et dans votre registre.");

    public string NoLockboxRequests => Say("Nobody has asked for anything.", "Personne n’a rien demandé.");

    public string LockboxRequest => Say("Request", "Demande");

    public string AskedBy => Say("Asked by", "Demandé par");

    public string AskedFor => Say("Asks for", "Demande");

    public string AskedWhy => Say("Reason", "Motif");

    public string AskedReference => Say("Reference", "Référence");

    public string AskedWords => Say("In their words", "En leurs termes");

    public string ForHowLong => Say("For", "Durée");

    public string MinutesFromApproval => Say("{0} minutes from the last approval", "{0} minutes dès la dernière approbation");

    public string DecideBefore => Say("To be decided before", "À décider avant");

    public string OpenUntil => Say("Open until", "Ouvert jusqu’à");

    public string ApprovedBy => Say("Approved by", "Approuvé par");

    public string ApproversOf => Say("{0} of {1}", "{0} sur {1}");

    public string EndedBy => Say("Ended by", "Terminé par");

    public string NoSuchResource => Say(
        "There is no such resource. The operator is not told: refuse the request.",
        "Une telle ressource n’existe pas. L’opérateur n’en sait rien : refusez la demande.");

    public string WhatIsSigned => Say("What is signed", "Ce qui est signé");

    public string SignLead => Say(
        "A click can’t agree to this: your own key does, which never leaves your machine, or your passkey, once it is registered.",
        "Un clic n’y suffit pas : seule consent votre propre clé, qui ne quitte pas votre poste, ou votre clé d’accès, une fois enregistrée.");

    public string EndAccess => Say("Close it now", "Fermer maintenant");

    public string WhatWasShown => Say("What was shown", "Ce qui a été montré");

    public string NothingShown => Say("Nothing was shown.", "Rien n’a été montré.");

    public string ShownFrom => Say("From", "Depuis");

    public string ContentDigest => Say("SHA-256, as in the ledger", "SHA-256, comme au registre");

    public string LookAtShown => Say("See exactly that", "Voir exactement cela");

    public string AuditLead => Say(
        "To verify all of it from an exported ledger, believing your approvers’ keys alone:",
        "Pour tout vérifier à partir d’un registre exporté, sans croire que les clés de vos approbateurs :");

    public string BrokenGlass => Say("Opened without your consent", "Ouvert sans votre accord");

    public string BrokenGlassLead => Say(
        "In an emergency two of the operator’s people together can open the list of what runs on the hosts: identifiers, states and sizes, nothing of what is in it. Each time stands here and in your ledger.",
        "En cas d’urgence, deux personnes de l’opérateur peuvent ouvrir ensemble la liste de ce qui tourne sur les hôtes : identifiants, états et tailles, rien du contenu. Chaque fois figure ici et dans votre registre.");

    public string NeverBroken => Say("That never happened.", "Cela ne s’est jamais produit.");

    public string BegunBy => Say("Begun by", "Demandé par");

    public string Looks => Say("Looked at", "Consultations");

    public string AccessOf(string access) => access switch
    {
        "metrics" => Say("metrics", "métriques"),
        "diagnostics" => Say("diagnostics", "diagnostic"),
        "logs" => Say("what its agents logged of their own work", "ce que ses agents ont journalisé de leur propre travail"),
        _ => access,
    };

    public string ReasonOf(string reason) => reason switch
    {
        "support-case" => Say("support case", "demande d’assistance"),
        "incident" => Say("incident", "incident"),
        "maintenance" => Say("maintenance", "maintenance"),
        "security" => Say("security", "sécurité"),
        "third-party-legal-order" => Say("legal order of a third party", "injonction légale d’un tiers"),
        _ => reason,
    };

    public string LockboxStateOf(string state) => state switch
    {
        "waiting" => Say("waits for you", "attend votre décision"),
        "open" => Say("open", "ouvert"),
        "refused" => Say("refused", "refusé"),
        "withdrawn" => Say("withdrawn", "retiré"),
        "expired" => Say("expired", "expiré"),
        "closed" => Say("closed", "fermé"),
        "ended" => Say("ended", "terminé"),
        _ => state,
    };
}
