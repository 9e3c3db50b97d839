using Beffroi.Contracts;

namespace Beffroi.Hosts.WebConsole;

/// <summary>What the pages on members, tokens and the key say.</summary>
internal sealed partial class ConsoleTexts
{
    public string AtCommandLine => Say("The same at the command line:", "La même chose en ligne de commande :");

    public string Back => Say("Back", "Retour");

    public string TypeToConfirm => Say("To do so, type the name:", "Pour le faire, tapez le nom :");

    public string NotTheName => Say("This is not the name. Nothing was done.", "Ce n’est pas le nom. Rien n’a été fait.");

    public string WaitsForApproval => Say(
        "It waits for a second person of your organization, who approves it on another page. Then do the same again here, within a day:",
        "Cela attend une seconde personne de votre organisation, qui l’approuve sur une autre page. Refaites ensuite la même chose ici, dans la journée :");

    public string Members => Say("Members", "Membres");

    public string MembersLead => Say(
        "Who is in {0}, and what each may do. Nobody gives or takes more than they have, and an active owner always remains.",
        "Qui est dans {0}, et ce que chacun peut y faire. Nul ne donne ni ne retire plus qu’il n’a, et il reste toujours un propriétaire actif.");

    public string MemberTitle => Say("Member {0}", "Membre {0}");

    public string Roles => Say("Roles", "Rôles");

    public string Role => Say("Role", "Rôle");

    public string NoRole => Say("none", "aucun");

    public string MoreGrants => Say("More roles are granted than are shown here. All of them:", "Il y a plus de rôles accordés qu’il n’en est montré ici. Tous :");

    public string Groups => Say("Groups", "Groupes");

    public string Where => Say("Where", "Où");

    public string Through => Say("Through", "Par");

    public string Everywhere => Say("the whole organization", "toute l’organisation");

    public string Invite => Say("Invite", "Inviter");

    public string InviteMore => Say(
        "You are shown a code, once, to hand over. A new member may do nothing until you grant them a role.",
        "Un code à remettre vous est montré, une seule fois. Un nouveau membre ne peut rien faire tant que vous ne lui avez pas accordé de rôle.");

    public string MemberName => Say("Name of the new member", "Nom du nouveau membre");

    public string PlainNameHelp => Say("1 to 40 small letters, digits and hyphens, beginning with a letter.", "De 1 à 40 minuscules, chiffres et traits d’union, en commençant par une lettre.");

    public string MemberExists => Say(
        "There is a member of this name already. A new code would take their password away; that is done on their own page:",
        "Il y a déjà un membre de ce nom. Un nouveau code lui retirerait son mot de passe ; cela se fait sur sa propre page :");

    public string Grant => Say("Grant a role", "Accorder un rôle");

    public string GrantMore => Say("On one resource alone, at the command line, for example:", "Sur une seule ressource, en ligne de commande, par exemple :");

    public string Revoke => Say("Withdraw", "Retirer");

    public string Account => Say("Account", "Compte");

    public string Disable => Say("Switch off", "Désactiver");

    public string Enable => Say("Switch on again", "Réactiver");

    public string DisableMore => Say(
        "Once it is switched off, nothing is accepted from the account any more. Its tokens work again when it is switched on.",
        "Une fois le compte désactivé, plus rien n’en est accepté. Ses jetons valent de nouveau quand il est réactivé.");

    public string Reset => Say("Reset", "Réinitialiser");

    public string ResetTitle => Say("Reset {0}", "Réinitialiser {0}");

    public string ResetMore => Say(
        "Their password, second factor and recovery codes end at once, and all their sessions. Tokens that they made stay. You are shown a code, once, with which they set new ones.",
        "Son mot de passe, son second facteur et ses codes de secours cessent aussitôt de valoir, et toutes ses sessions prennent fin. Les jetons de ce membre restent. Un code vous est montré, une seule fois, avec lequel il en choisit de nouveaux.");

    public string NewCode => Say("A new code", "Un nouveau code");

    public string NewCodeTitle => Say("A new code for {0}", "Un nouveau code pour {0}");

    public string NewCodeMore => Say("You are shown it once. The one before can’t be used any more.", "Il vous est montré une seule fois. Le précédent ne peut plus servir.");

    public string Remove => Say("Remove", "Supprimer");

    public string RemoveTitle => Say("Remove {0}", "Supprimer {0}");

    public string RemoveMore => Say("They are removed from {0} at once, with every role and token.", "Ce membre est supprimé de {0} aussitôt, avec tous ses rôles et ses jetons.");

    public string CodeTitle => Say("Code for {0}", "Code pour {0}");

    public string CodeMore => Say(
        "Hand it over in a way that you trust: whoever has it can use it, once and within a week. It is not shown again. It is entered on this page:",
        "Remettez-le par une voie sûre : qui le possède peut l’utiliser, une fois et dans la semaine. Il n’est plus montré ensuite. Il se saisit sur cette page :");

    public string TokenTitle => Say("Token {0} of {1}", "Jeton {0} de {1}");

    public string TokenMore => Say("Copy it now: it is not shown again. It is valid until {0}.", "Copiez-le maintenant : il n’est plus montré ensuite. Il vaut jusqu’au {0}.");

    public string ShownAlready => Say("No longer shown", "N’est plus montré");

    public string ShownAlreadyMore => Say("A code or a token is shown once. If it is lost, make another.", "Un code ou un jeton n’est montré qu’une seule fois. S’il est perdu, créez-en un autre.");

    public string Tokens => Say("Tokens", "Jetons");

    public string TokensLead => Say(
        "What programs sign in with. Only a token’s SHA-256 is kept: one that is lost can’t be shown, only replaced.",
        "Ce avec quoi les programmes se connectent. D’un jeton, seul le SHA-256 est gardé : perdu, il ne peut pas être montré, seulement remplacé.");

    public string OwnTokens => Say("Your tokens", "Vos jetons");

    public string OwnTokensMore => Say("You make one for yourself at the command line, where it stays with you:", "Vous en créez un pour vous-même en ligne de commande, où il reste chez vous :");

    public string NoTokens => Say("No token yet.", "Aucun jeton pour l’instant.");

    public string ServiceAccount => Say("Service account {0}", "Compte de service {0}");

    public string NoServiceAccounts => Say("No service account yet.", "Aucun compte de service pour l’instant.");

    public string NoAccountsSeen => Say("None of your roles lets you see service accounts and their tokens.", "Aucun de vos rôles ne vous laisse voir les comptes de service et leurs jetons.");

    public string Expires => Say("Expires", "Expire");

    public string LastUsed => Say("Last used", "Dernier usage");

    public string Never => Say("never", "jamais");

    public string End => Say("End", "Fin");

    public string NewToken => Say("Create a token", "Créer un jeton");

    public string NewTokenTitle => Say("A token for {0}", "Un jeton pour {0}");

    public string NewTokenMore => Say("It allows what the service account may do. It is shown once.", "Il permet ce que le compte de service peut faire. Il est montré une seule fois.");

    public string Days => Say("Days that it is valid", "Jours de validité");

    public string DaysHelp => Say("1 to 366.", "De 1 à 366.");

    public string NoTokenCommand => Say("Fill in the name and the days first, as they can be.", "Remplissez d’abord le nom et les jours, tels qu’ils peuvent être.");

    public string RevokeToken => Say("Revoke", "Révoquer");

    public string RevokeTitle => Say("Revoke {0} of {1}", "Révoquer {0} de {1}");

    public string RevokeOwnTitle => Say("Revoke {0}", "Révoquer {0}");

    public string RevokeMore => Say("Nothing is accepted from it any more, at once and for good.", "Plus rien n’en est accepté, aussitôt et pour toujours.");

    public string Key => Say("Key", "Clé");

    public string KeyLead => Say(
        "The key of each database is wrapped under your organization’s. While that is sealed, nothing can be started, created or read.",
        "La clé de chaque base est enveloppée sous celle de votre organisation. Tant que celle-ci est scellée, rien ne peut être démarré, créé ni lu.");

    public string NoKey => Say("There is none yet: it is made with the first space.", "Il n’y en a pas encore : elle est créée avec le premier espace.");

    public string Provider => Say("Provider", "Fournisseur");

    public string CheckedAt => Say("Provider last asked", "Fournisseur interrogé");

    public string Reason => Say("Reason", "Raison");

    public string ProviderProblem => Say("The provider doesn’t let the key be used:", "Le fournisseur ne laisse pas utiliser la clé :");

    public string Generations => Say("Generations", "Générations");

    public string Fingerprint => Say("Fingerprint", "Empreinte");

    public string Destroyed => Say("Destroyed", "Détruite");

    public string LastKeyOperation => Say("Last change of the key", "Dernier changement de la clé");

    public string Rotate => Say("Rotate the key", "Renouveler la clé");

    public string RotateMore => Say(
        "Makes a new generation, in the same provider or another, wraps everything anew and destroys the old generation. Services run on.",
        "Crée une nouvelle génération, chez le même fournisseur ou un autre, enveloppe tout de nouveau et détruit l’ancienne génération. Les services continuent.");

    public string RotateTo => Say("Provider of the new generation", "Fournisseur de la nouvelle génération");

    public string Seal => Say("Seal", "Sceller");

    public string SealTitle => Say("Seal {0}", "Sceller {0}");

    public string SealMore => Say(
        "Stops every service of {0} in order, closes their volumes and hands out no key any more: nothing of it can be started, created, restored or read until it is unsealed.",
        "Arrête dans l’ordre tous les services de {0}, ferme leurs volumes et ne délivre plus aucune clé : rien n’y peut être démarré, créé, restauré ni lu jusqu’à la levée des scellés.");

    public string Unseal => Say("Unseal", "Lever les scellés");

    public string UnsealTitle => Say("Unseal {0}", "Lever les scellés de {0}");

    public string UnsealMore => Say("Asks the key’s provider, lifts the seal and brings back what the sealing stopped.", "Interroge le fournisseur de la clé, lève les scellés et rétablit ce que leur pose avait arrêté.");

    /// <summary>How a state looks.</summary>
    public static string MemberClass(string state) => state switch
    {
        "active" => "ready",
        "invited" => "starting",
        _ => "",
    };

    public string MemberStateOf(string state) => state switch
    {
        "invited" => Say("invited", "invité"),
        "active" => Say("active", "actif"),
        "disabled" => Say("switched off", "désactivé"),
        _ => state,
    };

    public string RoleOf(string role) => role switch
    {
        "owner" => Say("owner", "propriétaire"),
        "administrator" => Say("administrator", "administrateur"),
        "developer" => Say("developer", "développeur"),
        "reader" => Say("reader", "lecteur"),
        "auditor" => Say("auditor", "auditeur"),
        "billing" => Say("billing", "facturation"),
        _ => role,
    };

    public string GroupOf(string group) => Say("the group ", "le groupe ") + group;

    /// <summary>Where a role holds.</summary>
    public string PlaceOf(Grant grant) => grant.Space is null ? Everywhere : grant.Resource is { } resource ? grant.Space + " · " + resource : grant.Space;

    /// <summary>A role with where it holds and through whom, in one line.</summary>
    public string GrantOf(Grant grant) => RoleOf(grant.Role)
        + (grant.Space is null ? "" : " (" + PlaceOf(grant) + ")")
        + (grant.Group is { } group ? ", " + Say("through ", "par ") + GroupOf(group) : "");

    public string TokenStateOf(string state) => state switch
    {
        "valid" => Say("valid", "valable"),
        "expired" => Say("expired", "expiré"),
        "revoked" => Say("revoked", "révoqué"),
        _ => state,
    };

    public string KeyStateOf(string state) => state switch
    {
        "open" => Say("open", "ouverte"),
        "sealing" => Say("being sealed", "mise sous scellés en cours"),
        "sealed" => Say("sealed", "scellée"),
        "unsealing" => Say("being unsealed", "levée des scellés en cours"),
        "absent" => Say("not there yet", "pas encore là"),
        _ => state,
    };

    public string GenerationStateOf(string state) => state switch
    {
        "active" => Say("active", "active"),
        "retiring" => Say("being replaced", "en remplacement"),
        "destroyed" => Say("destroyed", "détruite"),
        "lost" => Say("lost; recovered from escrow without it", "perdue ; restaurée depuis le séquestre sans elle"),
        "left" => Say("left to its owner in the provider", "laissée à son propriétaire chez le fournisseur"),
        _ => state,
    };
}
