namespace Beffroi.Hosts.WebConsole;

/// <summary>What the pages on roles say, and each permission in words.</summary>
internal sealed partial class ConsoleTexts
{
    public string AccessRolesLead => Say(
        "A role is a named set of permissions, which is granted to members, service accounts and groups. Nobody puts more into a role than they have.",
        "Un rôle est un ensemble nommé de permissions, accordé à des membres, à des comptes de service et à des groupes. Nul ne met dans un rôle plus qu’il n’a.");

    public string OwnRoles => Say("Your organization’s own", "Ceux de votre organisation");

    public string NoOwnRoles => Say("None yet.", "Aucun pour l’instant.");

    public string BuiltInRoles => Say("Built-in", "Fournis avec Beffroi");

    public string NewRole => Say("Create a role", "Créer un rôle");

    public string RoleTitle => Say("Role {0}", "Rôle {0}");

    public string RoleExists => Say("There is a role of this name already:", "Il y a déjà un rôle de ce nom :");

    public string Description => Say("Description", "Description");

    public string DescriptionHelp => Say("For people, at most 200 characters.", "Pour les personnes, 200 caractères au plus.");

    public string WhatItMay => Say("What it may", "Ce qu’il permet");

    public string PermissionCount => Say("Permissions", "Permissions");

    public string GrantedTo => Say("Who has it", "Qui l’a");

    public string Nobody => Say("Nobody.", "Personne.");

    public string ChangeRoleMore => Say(
        "A change is at once a change of what everybody may do who has the role.",
        "Un changement modifie aussitôt ce que peuvent faire tous ceux qui ont ce rôle.");

    public string RemoveOwnRoleMore => Say(
        "The role goes at once. While somebody has it, that is refused: withdraw it from all first.",
        "Le rôle disparaît aussitôt. Tant que quelqu’un l’a, c’est refusé : retirez-le d’abord à tous.");

    public string BuiltInRoleOf(string role) => role switch
    {
        "owner" => Say("Everything, also the choice of other owners. An organization always has one.", "Tout, y compris le choix des autres propriétaires. Une organisation en a toujours un."),
        "administrator" => Say("Everything but what makes an owner.", "Tout, sauf ce qui fait un propriétaire."),
        "developer" => Say("Makes, uses and deletes resources.", "Crée, utilise et supprime des ressources."),
        "reader" => Say("Sees resources, without credentials.", "Voit les ressources, sans les identifiants."),
        "auditor" => Say("Sees who may do what and what was done, besides what a reader sees.", "Voit qui peut faire quoi et ce qui a été fait, outre ce que voit un lecteur."),
        "billing" => Say("Sees how much is used.", "Voit combien est utilisé."),
        _ => "",
    };

    /// <summary>The first word of some permissions.</summary>
    public string SubjectOf(string word) => word switch
    {
        "access" => Say("Who may do what", "Qui peut faire quoi"),
        "alert" => Alerts,
        "approval" => Approvals,
        "backup" => Backups,
        "egress" => Say("Connections to outside", "Connexions vers l’extérieur"),
        "evidence" => Say("Evidence", "Preuves"),
        "identity" => Say("Identity providers", "Fournisseurs d’identité"),
        "isolation" => Say("Isolation", "Isolation"),
        "key" => Key,
        "ledger" => Ledger,
        "lockbox" => Lockbox,
        "operation" => Say("Operations", "Opérations"),
        "organization" => Say("Organization", "Organisation"),
        "owner" => Say("Owners", "Propriétaires"),
        "peering" => Say("Peerings", "Interconnexions"),
        "policy" => Say("Rules", "Règles"),
        "postgres" => "PostgreSQL",
        "quota" => Say("Quotas", "Quotas"),
        "safeguard" => Safeguards,
        "space" => Say("Spaces", "Espaces"),
        "usage" => Usage,
        _ => word,
    };

    /// <summary>What a permission allows; its name where that isn't known here.</summary>
    public string PermissionOf(string permission) => permission switch
    {
        "access.manage" => Say("Change members, groups, service accounts, roles and grants", "Changer les membres, groupes, comptes de service, rôles et attributions"),
        "access.read" => Say("See members, groups, service accounts, roles, grants and tokens", "Voir les membres, groupes, comptes de service, rôles, attributions et jetons"),
        "access.review.decide" => Say("Begin, decide, close and cancel access reviews", "Commencer, décider, clore et annuler des revues d’accès"),
        "access.review.read" => Say("See access reviews", "Voir les revues d’accès"),
        "alert.manage" => Say("Say who is told of alerts", "Dire qui est prévenu des alertes"),
        "alert.read" => Say("See alerts, and who is told of them", "Voir les alertes, et qui en est prévenu"),
        "approval.decide" => Say("Approve or refuse what another asked for", "Approuver ou refuser ce qu’un autre a demandé"),
        "approval.read" => Say("See what waits for a second person", "Voir ce qui attend une seconde personne"),
        "backup.repair" => Say("Have a space’s backup repository repaired", "Faire réparer le dépôt de sauvegarde d’un espace"),
        "egress.update" => Say("Change to where a space’s instances may open connections", "Changer vers où les instances d’un espace peuvent ouvrir des connexions"),
        "evidence.attest" => Say("Attest requirements for the organization, and withdraw that", "Attester des exigences pour l’organisation, et le retirer"),
        "evidence.read" => Say("See what checks found, and export it", "Voir ce que les contrôles ont constaté, et l’exporter"),
        "evidence.report" => Say("Hand in what a verification of one’s own found", "Déposer ce qu’une vérification faite soi-même a constaté"),
        "identity.manage" => Say("Register, change and remove the organization’s identity providers", "Enregistrer, changer et retirer les fournisseurs d’identité de l’organisation"),
        "identity.read" => Say("See the organization’s identity providers", "Voir les fournisseurs d’identité de l’organisation"),
        "isolation.read" => Say("See what verifications of isolation tried and found", "Voir ce que les vérifications d’isolation ont tenté et constaté"),
        "isolation.verify" => Say("Have a space’s isolation verified", "Faire vérifier l’isolation d’un espace"),
        "key.escrow" => Say("Register the escrow key, export what is sealed to it, recover with it", "Enregistrer la clé de séquestre, exporter ce qui lui est confié, restaurer avec elle"),
        "key.read" => Say("See the key’s state and generations, never the key", "Voir l’état de la clé et ses générations, jamais la clé"),
        "key.rotate" => Say("Replace the key by a new generation", "Remplacer la clé par une nouvelle génération"),
        "key.seal" => Say("Seal the organization", "Sceller l’organisation"),
        "key.unseal" => Say("Unseal it", "Lever les scellés"),
        "ledger.manage" => Say("Say who cosigns the ledger and where it is forwarded", "Dire qui cosigne le registre et où il est transmis"),
        "ledger.read" => Say("See the organization’s ledger", "Voir le registre de l’organisation"),
        "lockbox.approve" => Say("Agree to the operator’s requests, refuse and end them", "Accepter les demandes de l’opérateur, les refuser et y mettre fin"),
        "lockbox.read" => Say("See what the operator’s people asked for and were shown", "Voir ce que l’opérateur a demandé et ce qui lui a été montré"),
        "operation.read" => Say("See operations and changes", "Voir les opérations et les changements"),
        "organization.read" => Say("See the organization", "Voir l’organisation"),
        "owner.manage" => Say("Make and unmake owners", "Faire et défaire des propriétaires"),
        "peering.update" => Say("Ask for, accept and end peerings of a space", "Demander, accepter et arrêter les interconnexions d’un espace"),
        "policy.manage" => Say("State what a space’s data are, set limits, record derogations", "Déclarer ce que sont les données d’un espace, fixer des limites, inscrire des dérogations"),
        "policy.read" => Say("See labels, limits, derogations and what the rules say", "Voir les étiquettes, limites, dérogations et ce que disent les règles"),
        "postgres.backup.create" => Say("Make backups and restore drills", "Faire des sauvegardes et des exercices de restauration"),
        "postgres.create" => Say("Create databases", "Créer des bases"),
        "postgres.credentials.read" => Say("Read credentials", "Lire les identifiants"),
        "postgres.credentials.rotate" => Say("Replace passwords", "Remplacer les mots de passe"),
        "postgres.delete" => Say("Delete databases", "Supprimer des bases"),
        "postgres.metrics.read" => Say("Read what is measured, and nothing else", "Lire ce qui est mesuré, et rien d’autre"),
        "postgres.read" => Say("See databases, without credentials", "Voir les bases, sans les identifiants"),
        "postgres.restore" => Say("Restore to a new database", "Restaurer dans une nouvelle base"),
        "postgres.update" => Say("Change databases", "Modifier des bases"),
        "quota.manage" => Say("Divide the organization’s quota among its spaces", "Répartir le quota de l’organisation entre ses espaces"),
        "quota.read" => Say("See quotas and what is used of them", "Voir les quotas et ce qui en est utilisé"),
        "safeguard.change" => Say("Change the safeguards", "Changer les garde-fous"),
        "safeguard.read" => Say("See the safeguards", "Voir les garde-fous"),
        "space.create" => Say("Create spaces", "Créer des espaces"),
        "space.read" => Say("See spaces", "Voir les espaces"),
        "usage.read" => Say("See what was used and what it costs", "Voir ce qui a été consommé et ce que cela coûte"),
        _ => permission,
    };
}
