namespace Beffroi.Hosts.WebConsole;

/// <summary>What the pages on groups and service accounts say, and what pages on who may do what have in common.</summary>
internal sealed partial class ConsoleTexts
{
    public string MembersAndRoles => Say("Members and roles", "Membres et rôles");

    public string OnlyInSpace => Say("Only in this space", "Dans cet espace seulement");

    public string OnlyInSpaceHelp => Say("Empty: in the whole organization.", "Vide : dans toute l’organisation.");

    public string ServiceAccounts => Say("Service accounts", "Comptes de service");

    public string ServiceAccountsLead => Say(
        "The accounts of programs: what each may do is granted to it as to a member. It signs in with a token, or with a key of its own.",
        "Les comptes des programmes : ce que chacun peut faire lui est accordé comme à un membre. Il se connecte avec un jeton, ou avec une clé à lui.");

    public string NewServiceAccount => Say("Create a service account", "Créer un compte de service");

    public string NewServiceAccountMore => Say(
        "It may do nothing until you grant it a role, and has no token until you make one.",
        "Il ne peut rien faire tant que vous ne lui avez pas accordé de rôle, et n’a pas de jeton tant que vous n’en créez pas.");

    public string AccountExists => Say("There is a service account of this name already:", "Il y a déjà un compte de service de ce nom :");

    public string RemoveAccountMore => Say(
        "The service account is removed from {0} at once, with every role, token and key.",
        "Le compte de service est supprimé de {0} aussitôt, avec tous ses rôles, ses jetons et ses clés.");

    public string AllTokens => Say("The tokens of all service accounts", "Les jetons de tous les comptes de service");

    public string SignsWith => Say("Keys that it signs with", "Clés avec lesquelles il signe");

    public string SignsWithMore => Say(
        "Instead of keeping a token, a program can sign with a key of its own, of which only the public part is known here, and get tokens for ten minutes each. Make one at the command line, which says it here too:",
        "Plutôt que de garder un jeton, un programme peut signer avec une clé à lui, dont seule la partie publique est connue ici, et obtenir des jetons de dix minutes. Créez-en une en ligne de commande, qui le dit aussi ici :");

    public string NoSigningKey => Say("It has none.", "Il n’en a pas.");

    public string KeyDigest => Say("SHA-256 of the key", "SHA-256 de la clé");

    public string PublicKeys => Say("Its public keys, all of them", "Ses clés publiques, toutes");

    public string PublicKeysHelp => Say(
        "At most five, as PEM blocks “PUBLIC KEY” on P-256 or P-384. Empty: none. Tokens that were got with earlier keys end at once.",
        "Au plus cinq, en blocs PEM « PUBLIC KEY » sur P-256 ou P-384. Vide : aucune. Les jetons obtenus avec les clés précédentes cessent aussitôt de valoir.");

    public string SetKeys => Say("Set the keys", "Définir les clés");

    public string PrivateKeyPasted => Say(
        "This is a private key. It was not sent on and is not kept; but it has left your program, so make another, and paste its public part here.",
        "C’est une clé privée. Elle n’a pas été transmise et n’est pas gardée ; mais elle est sortie de votre programme : créez-en une autre, et collez ici sa partie publique.");

    public string GroupsLead => Say(
        "A group has members and service accounts of {0} in it, and each of them may do what is granted to the group. Who changes one must have every right that it gives.",
        "Un groupe contient des membres et des comptes de service de {0}, et chacun d’eux peut faire ce qui est accordé au groupe. Qui en change un doit avoir tous les droits qu’il donne.");

    public string NoGroups => Say("No group yet.", "Aucun groupe pour l’instant.");

    public string GroupTitle => Say("Group {0}", "Groupe {0}");

    public string NewGroup => Say("Create a group", "Créer un groupe");

    public string GroupName => Say("Name of the new group", "Nom du nouveau groupe");

    public string GroupExists => Say("There is a group of this name already:", "Il y a déjà un groupe de ce nom :");

    public string InIt => Say("Who is in it", "Qui en fait partie");

    public string NobodyInIt => Say("nobody", "personne");

    public string AddToGroup => Say("Add to the group", "Ajouter au groupe");

    public string NamesToAdd => Say("Names", "Noms");

    public string NamesToAddHelp => Say(
        "Of members and service accounts, with commas between them.",
        "De membres et de comptes de service, séparés par des virgules.");

    public string TakeOut => Say("Take out", "Retirer du groupe");

    public string RemoveGroup => Say("Remove the group", "Supprimer le groupe");

    public string RemoveGroupTitle => Say("Remove the group {0}", "Supprimer le groupe {0}");

    public string RemoveGroupMore => Say(
        "The group goes at once, with every role that is granted to it. Who is in it stays a member.",
        "Le groupe disparaît aussitôt, avec tous les rôles qui lui sont accordés. Qui en fait partie reste membre.");

    /// <summary>One of the texts that have a place for a name, with the name.</summary>
    public static string Fill(string text, string name) => string.Format(System.Globalization.CultureInfo.InvariantCulture, text, name);
}
