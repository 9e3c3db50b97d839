namespace Beffroi.Hosts.WebConsole;

/// <summary>What the page on a PostgreSQL's roles and databases says.</summary>
internal sealed partial class ConsoleTexts
{
    public string RolesAndDatabases => Say("Roles and databases", "Rôles et bases");

    public string RolesOf => Say("Roles and databases of {0}", "Rôles et bases de {0}");

    public string RolesLead => Say(
        "Beside these, SQL can make others: those are left alone. A role that is shown here is exactly as it is shown.",
        "SQL peut en créer d’autres à côté : ils sont laissés tels quels. Un rôle montré ici est exactement comme il est montré.");

    public string RetiredRoles => Say(
        "Nobody signs in as these any more, but something is still their own. Give it away as app (reassign owned), and they go:",
        "Plus personne ne se connecte avec ceux-ci, mais ils possèdent encore quelque chose. Donnez-le en tant qu’app (reassign owned), et ils disparaissent :");

    public string PostgresRoles => Say("Roles in PostgreSQL", "Rôles dans PostgreSQL");

    public string SignsIn => Say("Signs in", "Se connecte");

    public string WithPassword => Say("with a password that the platform makes", "avec un mot de passe que la plateforme crée");

    public string WithCertificate => Say("with a client certificate for the role’s name", "avec un certificat client au nom du rôle");

    public string ClientAuthorities => Say("Client authorities", "Autorités de certification des clients");

    public string ClientAuthoritiesLead => Say(
        "Whoever shows a certificate of one of these, for the name of a role that signs in with a certificate, is signed in as it. One that is taken away signs such roles out.",
        "Qui présente un certificat de l’une d’elles, au nom d’un rôle qui se connecte avec un certificat, est connecté sous ce rôle. Retirer une autorité déconnecte ces rôles.");

    public string NotAtAll => Say("not at all: others are members of it", "pas du tout : d’autres en sont membres");

    public string Until => Say("Until", "Jusqu’au");

    public string UntilHelp => Say(
        "To the end of that day (UTC). Then nobody signs in as it any more, and who is signed in is signed out. Empty: no end.",
        "Jusqu’à la fin de ce jour (UTC). Ensuite plus personne ne se connecte avec ce rôle, et qui est connecté est déconnecté. Vide : sans fin.");

    public string NoEnd => Say("no end", "sans fin");

    public string AtOneTime => Say("Connections at one time", "Connexions simultanées");

    public string ConnectionsHelp => Say("1 to 10000. Empty: no limit.", "De 1 à 10000. Vide : sans limite.");

    public string NoLimit => Say("no limit", "sans limite");

    public string MemberOfRoles => Say("Member of", "Membre de");

    public string MemberOfHelp => Say(
        "Roles whose rights it has, with commas between them: others of this page, or of",
        "Les rôles dont il a les droits, séparés par des virgules : d’autres de cette page, ou parmi");

    public string RoleNameHelp => Say(
        "1 to 63 small letters, digits and underscores, beginning with a letter. A name that is there already is changed.",
        "De 1 à 63 minuscules, chiffres et tirets bas, en commençant par une lettre. Un nom déjà présent est modifié.");

    public string SetRole => Say("Set a role", "Définir un rôle");

    public string ReadPassword => Say("A password is read at the command line, and that is recorded:", "Un mot de passe se lit en ligne de commande, et cette lecture est inscrite au registre :");

    public string RotatePassword => Say("Replace the password", "Remplacer le mot de passe");

    public string RotatePasswordTitle => Say("Replace the password of {0}", "Remplacer le mot de passe de {0}");

    public string RotatePasswordMore => Say(
        "The present one opens nothing any more. Who is signed in stays so. Give the new one to whoever needs it.",
        "L’actuel n’ouvre plus rien. Qui est connecté le reste. Donnez le nouveau à qui en a besoin.");

    public string RemoveRole => Say("Remove", "Supprimer");

    public string RemoveRoleTitle => Say("Remove the role {0}", "Supprimer le rôle {0}");

    public string RemoveRoleMore => Say(
        "Nobody signs in as it any more, and who is signed in is signed out at once. It is dropped when nothing in a database is its own.",
        "Plus personne ne se connecte avec ce rôle, et qui est connecté est déconnecté aussitôt. Il disparaît dès qu’il ne possède plus rien dans une base.");

    public string PostgresDatabases => Say("Databases in PostgreSQL", "Bases dans PostgreSQL");

    public string Owner => Say("Owner", "Propriétaire");

    public string SetDatabase => Say("Set a database", "Définir une base");

    public string TakeOff => Say("Take off", "Retirer");

    public string TakeOffMore => Say(
        "A database that is taken off stays, with all that is in it, until its owner drops it by SQL.",
        "Une base retirée reste, avec tout ce qu’elle contient, jusqu’à ce que son propriétaire la supprime en SQL.");
}
