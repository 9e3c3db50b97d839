namespace Beffroi.Hosts.WebConsole;

/// <summary>What the pages on alerts and who is told of them say.</summary>
internal sealed partial class ConsoleTexts
{
    public string Alerts => Say("Alerts", "Alertes");

    public string AlertsLead => Say(
        "What needs somebody’s attention, and what did in the last 90 days.",
        "Ce qui demande l’attention de quelqu’un, et ce qui l’a demandée ces 90 derniers jours.");

    public string NoAlerts => Say("There are no alerts.", "Il n’y a pas d’alerte.");

    public string Severity => Say("Severity", "Gravité");

    public string EndedAt => Say("Ended", "Fin");

    public string WhoIsTold => Say("Who is told", "Qui est prévenu");

    public string NobodyIsTold => Say("Nobody is told of alerts.", "Personne n’est prévenu des alertes.");

    public string OnlySpaces => Say("Only of these spaces", "De ces espaces seulement");

    public string OnlyKinds => Say("Only of these kinds", "De ces genres seulement");

    public string SentTo => Say("Sent to", "Envoyé à");

    public string Waiting => Say("Waiting", "En attente");

    public string NewReceiver => Say("Have somebody told", "Prévenir quelqu’un");

    public string NewReceiverMore => Say(
        "By a webhook, whose secret is shown once, or by e-mail: the address gets a code, and nothing else before it was given.",
        "Par un webhook, dont le secret est montré une fois, ou par courriel : l’adresse reçoit un code, et rien d’autre tant qu’il n’a pas été donné.");

    public string WebhookUrl => Say("Webhook", "Webhook");

    public string WebhookHelp => Say("An address with https, or nothing.", "Une adresse en https, ou rien.");

    public string Email => Say("E-mail address", "Adresse électronique");

    public string EmailHelp => Say("An address, if there is no webhook.", "Une adresse, s’il n’y a pas de webhook.");

    public string LeastSeverity => Say("Told of", "Prévenu de");

    public string LeastSeverityHelp => Say("Single spaces and kinds are chosen at the command line.", "Espaces et genres particuliers se choisissent en ligne de commande.");

    public string AllAlerts => Say("all alerts", "toutes les alertes");

    public string CriticalAlerts => Say("critical ones only", "les seules critiques");

    public string ReceiverExists => Say("There is one of this name:", "Il y en a un de ce nom :");

    public string LastDelivered => Say("Last message arrived", "Dernier message arrivé");

    public string GivenUp => Say("Given up after three days", "Abandonnés après trois jours");

    public string WhyNot => Say("Why not", "Pourquoi pas");

    public string ReceiverTitle => Say("{0} is told of alerts", "{0} est prévenu des alertes");

    public string SendTest => Say("Send a test", "Envoyer un essai");

    public string SendTestMore => Say("Come back to this page in a moment: it says whether the test arrived.", "Revenez à cette page dans un instant : elle dit si l’essai est arrivé.");

    public string ConfirmAddress => Say("Confirm the address", "Confirmer l’adresse");

    public string CodeThatCame => Say("The code that came by e-mail", "Le code reçu par courriel");

    public string CodeThatCameHelp => Say("Valid for a day. Nothing else is sent before.", "Valable un jour. Rien d’autre n’est envoyé avant.");

    public string RotateSecret => Say("Replace the secret", "Remplacer le secret");

    public string RotateSecretTitle => Say("Replace the secret of {0}", "Remplacer le secret de {0}");

    public string RotateSecretMore => Say(
        "The old secret ends at once. What the receiver refuses until it knows the new one is sent again, for three days.",
        "L’ancien secret cesse aussitôt. Ce que le destinataire refuse tant qu’il ne connaît pas le nouveau est envoyé de nouveau, pendant trois jours.");

    public string DeleteReceiver => Say("Tell it no more", "Ne plus le prévenir");

    public string DeleteReceiverTitle => Say("Tell {0} no more", "Ne plus prévenir {0}");

    public string DeleteReceiverMore => Say("What waits for it is dropped.", "Ce qui l’attend est abandonné.");

    public string SecretTitle => Say("The secret of {0}", "Le secret de {0}");

    public string SecretMore => Say(
        "It signs what is sent to this webhook. It is shown only now: put it where the webhook can check signatures.",
        "Il signe ce qui est envoyé à ce webhook. Il n’est montré que maintenant : mettez-le là où le webhook peut vérifier les signatures.");

    public string AlertStateOf(string state) => state switch
    {
        "open" => Say("open", "en cours"),
        "resolved" => Say("resolved", "terminée"),
        _ => state,
    };

    public string SeverityOf(string severity) => severity switch
    {
        "critical" => Say("critical", "critique"),
        "warning" => Say("warning", "avertissement"),
        _ => severity,
    };

    public string ReceiverStateOf(string state) => state switch
    {
        "active" => Say("active", "actif"),
        "unconfirmed" => Say("unconfirmed", "non confirmé"),
        _ => state,
    };
}
