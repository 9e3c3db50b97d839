using Beffroi.Contracts;

namespace Beffroi.Hosts.WebConsole;

/// <summary>What the pages on access reviews say.</summary>
internal sealed partial class ConsoleTexts
{
    public string AccessReviews => Say("Access reviews", "Revues d’accès");

    public string AccessReviewsLead => Say(
        "Who may do what, looked through account by account: each keeps what it has, or something is taken from it, and who decided it stays on record.",
        "Qui peut faire quoi, passé en revue compte par compte : chacun garde ce qu’il a, ou quelque chose lui est retiré, et qui l’a décidé reste inscrit.");

    public string WhenDue => Say("When they are due", "Quand elles sont à faire");

    public string Due => Say("Due", "À faire avant le");

    public string ReviewedAsOf => Say("Reviewed as of", "Dernière revue au");

    public string Every => Say("Every", "Tous les");

    public string DaysOf => Say("{0} days", "{0} jours");

    public string ReviewOf => Say("Review of", "Revue");

    public string BeginReview => Say("Begin", "Commencer");

    public string BeginReviewMore => Say(
        "A review begins with a snapshot of all accounts of its kind and what each may do at that moment.",
        "Une revue commence par un instantané de tous les comptes de son genre et de ce que chacun peut faire à ce moment.");

    public string GoToReview => Say("Go on with it", "La poursuivre");

    public string Reviews => Say("Reviews", "Revues");

    public string NoReviews => Say("Nothing was reviewed yet.", "Rien n’a encore été passé en revue.");

    public string Begun => Say("Begun", "Commencée");

    public string Ended => Say("Ended", "Terminée");

    public string By => Say("by", "par");

    public string Accounts => Say("Accounts", "Comptes");

    public string Kept => Say("Kept", "Maintenus");

    public string WithSomethingWithdrawn => Say("With something withdrawn", "Avec un retrait");

    public string GoneAccounts => Say("Gone since", "Disparus depuis");

    public string Undecided => Say("To be decided", "À décider");

    public string OwnKept => Say("Of those kept, by themselves as the only reviewer", "Dont maintenus par eux-mêmes, seuls à pouvoir décider");

    public string NewAccounts => Say("New since, for the next review", "Nouveaux depuis, pour la prochaine revue");

    public string ItMight => Say("What it might do", "Ce qu’il pouvait faire");

    public string ChangedSince => Say("Changed since", "Changé depuis");

    public string Gone => Say("removed", "supprimé");

    public string NoDecisionNeeded => Say("no decision needed", "aucune décision nécessaire");

    public string CloseReview => Say("Close the review", "Clore la revue");

    public string CloseReviewMore => Say(
        "Every account that is still there has to be decided on. The outcome stays as it is, for auditors, and the next review is counted from its snapshot.",
        "Chaque compte encore présent doit avoir reçu une décision. Le résultat reste tel quel, pour les auditeurs, et la prochaine revue se compte à partir de son instantané.");

    public string CancelReview => Say("Cancel the review", "Annuler la revue");

    public string CancelReviewMore => Say(
        "What was decided and withdrawn stays so. It doesn’t count as a review.",
        "Ce qui a été décidé et retiré le reste. Elle ne compte pas comme une revue.");

    public string ItemLead => Say("As it was when the review was begun:", "Tel qu’il était au début de la revue :");

    public string AccountTitle => Say("Account {0}", "Compte {0}");

    public string AccountPage => Say("The account as it is now", "Le compte tel qu’il est maintenant");

    public string CreatedAt => Say("Created", "Créé");

    public string Withdrawn => Say("Withdrawn", "Retiré");

    public string Remark => Say("Remark", "Remarque");

    public string RemarkHelp => Say("For whoever reads the outcome, at most 500 characters.", "Pour qui lira le résultat, 500 caractères au plus.");

    public string Decide => Say("Decide", "Décider");

    public string DecideMore => Say("Once, and for good: what is withdrawn ends at once.", "Une fois pour toutes : ce qui est retiré prend fin aussitôt.");

    public string Keep => Say("It keeps what it has", "Il garde ce qu’il a");

    public string WithdrawTicked => Say("What is ticked is withdrawn", "Ce qui est coché est retiré");

    public string ToWithdraw => Say("To withdraw", "À retirer");

    public string ItsRole => Say("The role ", "Le rôle ");

    public string ItsGroup => Say("Out of the group ", "Du groupe ");

    public string ItsToken => Say("The token ", "Le jeton ");

    public string ItsKeys => Say("All keys that it signs with, and its workload identities", "Toutes les clés avec lesquelles il signe, et ses identités de charges de travail");

    public string KeysAndIdentities => Say("Keys and workload identities", "Clés et identités de charges de travail");

    public string ItsAccount => Say("Switch the account off", "Désactiver le compte");

    public string OnlyReviewer => Say("on themselves, as the only reviewer", "sur soi-même, seul à pouvoir décider");

    public string ReviewKindOf(string kind) => kind switch
    {
        "rights" => Say("people", "personnes"),
        "technical" => Say("service accounts", "comptes de service"),
        _ => kind,
    };

    public string ReviewTitle(AccessReview review) => review.Kind == "technical"
        ? Say("Review of service accounts", "Revue des comptes de service")
        : Say("Review of people", "Revue des personnes");

    public string ReviewStateOf(string state) => state switch
    {
        "open" => Say("open", "en cours"),
        "closed" => Say("closed", "close"),
        "cancelled" => Say("cancelled", "annulée"),
        _ => state,
    };

    public string DueStateOf(string state) => state switch
    {
        "in-time" => Say("in time", "à jour"),
        "due-soon" => Say("due soon", "bientôt à faire"),
        "overdue" => Say("overdue", "en retard"),
        "nothing-to-review" => Say("nothing to review", "rien à revoir"),
        _ => state,
    };

    /// <summary>How that looks.</summary>
    public static string DueClass(string state) => state switch
    {
        "in-time" => "state ready",
        "due-soon" => "state starting",
        "overdue" => "state degraded",
        _ => "state",
    };

    /// <summary>A role as a review has it, with where it held and through whom.</summary>
    public string GrantOf(ReviewedGrant grant) => GrantOf(new Grant(grant.Id, grant.Role, null, grant.Group, grant.Space, grant.Resource, default));

    public string ReviewDecisionOf(string decision) => decision switch
    {
        "keep" => Say("kept", "maintenu"),
        "withdraw" => Say("something withdrawn", "retrait"),
        _ => decision,
    };

    public string ChangeOf(string what) => what switch
    {
        "grant-added" => Say("role added", "rôle ajouté"),
        "grant-removed" => Say("role withdrawn", "rôle retiré"),
        "role-changed" => Say("role changed", "rôle modifié"),
        "group-joined" => Say("in the group", "entré dans le groupe"),
        "group-left" => Say("out of the group", "sorti du groupe"),
        "token-added" => Say("token added", "jeton ajouté"),
        "token-ended" => Say("token ended", "jeton terminé"),
        "key-added" => Say("key added", "clé ajoutée"),
        "key-removed" => Say("key removed", "clé retirée"),
        "state-changed" => Say("account now", "compte à présent"),
        _ => what,
    };

    /// <summary>A change in one line.</summary>
    public string ChangeOf(AccessChange change) => ChangeOf(change.What) + Colon + (change.What == "state-changed" ? MemberStateOf(change.Subject) : change.Subject);

    /// <summary>A day, the same in both languages (ISO 8601).</summary>
    public static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
}
