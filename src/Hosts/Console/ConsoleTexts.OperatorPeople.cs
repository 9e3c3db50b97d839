using System.Globalization;

namespace Beffroi.Hosts.WebConsole;

/// <summary>What the pages of the operator's console say of organizations, requests, people, the ledger and the register.</summary>
internal sealed partial class ConsoleTexts
{
    public string OrganizationsLead => Say(
        "Your customers, by name and quota. What they keep here is theirs alone: no role of the operator’s shows any of it.",
        "Vos clients, par nom et par quota. Ce qu’ils conservent ici n’est qu’à eux : aucun rôle de l’exploitant n’en montre rien.");

    public string NoOrganizations => Say("There is none yet.", "Il n’y en a pas encore.");

    public string HereSince => Say("Here since", "Ici depuis");

    public string QuotaNotSeen => Say("not shown to your roles", "non montré à vos rôles");

    public string NewOrganization => Say("Create an organization", "Créer une organisation");

    public string NewOrganizationMore => Say(
        "With its first owner, who chooses a password and a second factor with a code that you are shown once, and grants all other roles.",
        "Avec son premier propriétaire, qui choisit un mot de passe et un second facteur avec un code qui vous est montré une seule fois, et qui accorde tous les autres rôles.");

    public string OrganizationName => Say("Name of the organization", "Nom de l’organisation");

    public string OrganizationExists => Say("There is an organization of this name:", "Il y a une organisation de ce nom :");

    public string FirstOwner => Say("Name of its first owner", "Nom de son premier propriétaire");

    public string FirstOwnerHelp => Say("An account of theirs, such as alice.", "Un compte chez elle, tel que alice.");

    public string OwnerCodeMore => Say(
        "Hand it over in a way that you trust: whoever has it becomes the organization’s owner, once and within a week. It is not shown again. It is entered on the customers’ side, at the address of their console, on the page",
        "Remettez-le par une voie sûre : qui le possède devient propriétaire de l’organisation, une fois et dans la semaine. Il n’est plus montré ensuite. Il se saisit du côté des clients, à l’adresse de leur console, sur la page");

    public string OrganizationTitle => Say("Organization {0}", "Organisation {0}");

    public string QuotaAndUse => Say("Quota and use", "Quota et utilisation");

    public string Used => Say("Used", "Utilisé");

    public string Limit => Say("Limit", "Limite");

    public string Share => Say("Share", "Part");

    public string NothingMoreSeen => Say(
        "Things being deleted count. Nothing more of an organization is shown to the operator.",
        "Ce qui est en suppression compte. Rien de plus d’une organisation n’est montré à l’exploitant.");

    public string SetQuota => Say("Set the quota", "Fixer le quota");

    public string SetQuotaMore => Say(
        "All of it: an empty field has no limit. Nothing that exists is taken away; what is more than the new limit can only shrink. The organization sees it, and its ledger tells who set it.",
        "En entier : un champ vide est sans limite. Rien de ce qui existe n’est retiré ; ce qui dépasse la nouvelle limite ne peut que diminuer. L’organisation le voit, et son registre dit qui l’a fixé.");

    public string CpusHelp => Say("Whole CPUs of all resources together, such as 16.", "Processeurs entiers de toutes les ressources ensemble, par exemple 16.");

    public string MemoryHelp => Say("Such as 64GiB.", "Par exemple 64GiB.");

    public string QuotaStorageHelp => Say("Of data volumes, such as 2TiB.", "Des volumes de données, par exemple 2TiB.");

    public string ResourcesHelp => Say("The most of a kind, one a line: postgres=10.", "Le plus d’un type, un par ligne : postgres=10.");

    public string RequestsTitle => Say("Requests for access", "Demandes d’accès");

    public string RequestsLead => Say(
        "You see nothing of a customer’s by yourselves. You ask, their people sign, and each time you look is in their ledger with exactly what you saw.",
        "Vous ne voyez rien d’un client par vous-mêmes. Vous demandez, ses personnes signent, et chaque fois que vous regardez figure à son registre avec exactement ce que vous avez vu.");

    public string NoRequests => Say("Nobody has asked for anything", "Personne n’a rien demandé");

    public string NoRequestsMore => Say("What your people ask of customers stands here, with the answer.", "Ce que vos personnes demandent aux clients figure ici, avec la réponse.");

    public string Ask => Say("Ask a customer", "Demander à un client");

    public string AskMore => Say(
        "There is no form for this, on purpose. What the customer signs for is a secret that is made on your own machine and stays there: a page of beffroid’s would have had it, and whoever has taken beffroid over could then look in your name. So you ask with a command, and see with another on the same machine:",
        "Il n’y a pas de formulaire pour cela, à dessein. Ce que le client signe est lié à un secret créé sur votre propre poste, et qui y reste : une page de beffroid l’aurait eu, et qui aurait pris le contrôle de beffroid pourrait alors regarder en votre nom. On demande donc par une commande, et l’on regarde par une autre sur le même poste :");

    public string MinutesRange => Say("{0} to {1}, from the last approval", "de {0} à {1}, dès la dernière approbation");

    public string RequestWords => Say("What the customer reads", "Ce que lit le client");

    public string OpenMore => Say(
        "The customer agreed. On the machine on which it was asked, this shows what is there now, as often as needed until the time is up; they see each time what you saw:",
        "Le client a accepté. Sur le poste d’où la demande est partie, ceci montre ce qu’il y a maintenant, aussi souvent que nécessaire jusqu’à la fin du délai ; il voit chaque fois ce que vous avez vu :");

    public string WaitingMore => Say(
        "The customer’s people decide. Whether there is such a resource you are not told, and silence is a refusal.",
        "Les personnes du client décident. Vous n’apprenez pas si une telle ressource existe, et le silence vaut refus.");

    public string Withdraw => Say("Take it back", "La retirer");

    public string RequestStateOf(string state) => state switch
    {
        "waiting" => Say("awaits the customer", "attend le client"),
        "open" => Say("open", "ouverte"),
        "refused" => Say("refused", "refusée"),
        "withdrawn" => Say("taken back", "retirée"),
        "expired" => Say("expired", "expirée"),
        "closed" => Say("closed", "fermée"),
        _ => state,
    };

    /// <summary>How a request's state looks.</summary>
    public static string RequestClass(string state) => state switch
    {
        "open" => "ready",
        "waiting" => "updating",
        _ => "",
    };

    public string PeopleLead => Say(
        "Who runs this installation: a directory of its own, apart from all customers’. A platform administrator always remains.",
        "Qui exploite cette installation : un annuaire à part, distinct de ceux des clients. Il reste toujours un administrateur de la plateforme.");

    public string InvitePersonMore => Say("You are shown a code, once, to hand over.", "Un code à remettre vous est montré, une seule fois.");

    public string PersonName => Say("Name of the new account", "Nom du nouveau compte");

    public string PersonExists => Say(
        "There is an account of this name already. A new code would take its password away; that is done on its own page:",
        "Il y a déjà un compte de ce nom. Un nouveau code lui retirerait son mot de passe ; cela se fait sur sa propre page :");

    public string PersonTitle => Say("Account {0}", "Compte {0}");

    public string SetRoles => Say("Set the roles", "Fixer les rôles");

    public string NoCustomersRoles => Say(
        "None of them opens anything of a customer’s, and none can be given such a permission.",
        "Aucun n’ouvre quoi que ce soit d’un client, et aucun ne peut recevoir une telle permission.");

    public string RemovePersonMore => Say("The account is removed at once, with its roles, sessions and tokens.", "Le compte est supprimé aussitôt, avec ses rôles, ses sessions et ses jetons.");

    public string OperatorRoleOf(string role) => role switch
    {
        "platform-administrator" => Say("platform administrator", "administrateur de la plateforme"),
        "capacity" => Say("capacity", "capacité"),
        "support" => Say("support", "assistance"),
        "platform-auditor" => Say("platform auditor", "auditeur de la plateforme"),
        _ => role,
    };

    public string OperatorRoleHelp(string role) => role switch
    {
        "platform-administrator" => Say("Everything of the operator’s: organizations, quotas, zones, accounts, the register, requests to customers.", "Tout ce qui est de l’exploitant : organisations, quotas, zones, comptes, registre, demandes aux clients."),
        "capacity" => Say("Sees hosts and organizations, sets quotas, keeps the register.", "Voit les hôtes et les organisations, fixe les quotas, tient le registre."),
        "support" => Say("Sees hosts, organizations and quotas, and asks customers to be shown something.", "Voit les hôtes, les organisations et les quotas, et demande aux clients à voir quelque chose."),
        _ => Say("Sees what the others do, and the operator’s own ledger. Changes nothing.", "Voit ce que font les autres, et le registre propre de l’exploitant. Ne change rien."),
    };

    public string SessionsTitle => Say("Sessions", "Sessions");

    public string NoSessions => Say("None now.", "Aucune en ce moment.");

    public string SignedInWith => Say("Signed in with", "Connecté avec");

    public string ClientOf(string client) => client switch
    {
        "beffroi-cli" => Say("the command line", "la ligne de commande"),
        "beffroi-console" or "beffroi-operator-console" => Say("the console", "la console"),
        _ => client,
    };

    public string EndSession => Say("End", "Terminer");

    public string OperatorLedgerLead => Say(
        "Everything that was done or refused in the installation and by the operator’s people, newest first: {0} entries that nobody can change unseen. What concerns an organization is in its own.",
        "Tout ce qui a été fait ou refusé dans l’installation et par les personnes de l’exploitant, le plus récent d’abord : {0} entrées que nul ne peut changer sans que cela se voie. Ce qui concerne une organisation est dans le sien.");

    public string RegisterTitle => Say("What the installation depends on", "Ce dont dépend l’installation");

    public string RegisterLead => Say(
        "Suppliers, hardware, services, licences and software, with what becomes of each when its supplier stops. Every customer’s people can read it.",
        "Fournisseurs, matériel, services, licences et logiciels, avec ce que chacun devient quand son fournisseur s’arrête. Les personnes de chaque client peuvent le lire.");

    public string Simulate => Say("What if somebody stopped?", "Et si quelqu’un s’arrêtait ?");

    public string SimulateMore => Say(
        "Tells which services would stop, when, and through what. It changes nothing.",
        "Dit quels services s’arrêteraient, quand, et par quoi. Cela ne change rien.");

    public string Supplier => Say("Supplier", "Fournisseur");

    public string NoSupplier => Say("none in particular", "aucun en particulier");

    public string AllOfCountry => Say("All suppliers under the law of", "Tous les fournisseurs soumis au droit de");

    public string CountryHelp => Say("Two letters, such as US; several with commas.", "Deux lettres, par exemple US ; plusieurs avec des virgules.");

    public string WhatStops => Say("What stops", "Ce qui s’arrête");

    public string ServicesThen => Say("Services", "Services");

    public string StopsToo => Say("What else stops", "Ce qui s’arrête aussi");

    public string Stops => Say("Stops", "S’arrête");

    public string SimulatedTitle(IReadOnlyList<string> suppliers, DateOnly on) => suppliers.Count == 0
        ? Say("No supplier in the register is meant", "Aucun fournisseur du registre n’est concerné")
        : Say($"If these stopped on {Day(on)}: ", $"S’ils s’arrêtaient le {Day(on)} : ") + string.Join(", ", suppliers);

    public string GoesOn(int count) => count == 1
        ? Say("One more thing that they supply goes on without them.", "Une autre chose qu’ils fournissent continue sans eux.")
        : Say($"{count} more things that they supply go on without them.", $"{count} autres choses qu’ils fournissent continuent sans eux.");

    public string UnknownLaw => Say("Under which law these suppliers are is not known, so this says nothing of them:", "On ignore de quel droit relèvent ces fournisseurs, ceci n’en dit donc rien :");

    public string Entries => Say("The register", "Le registre");

    public string NoEntries => Say("Nothing of this kind is entered.", "Rien de ce type n’est inscrit.");

    public string Licence => Say("Licence", "Licence");

    public string WithoutSupplier => Say("Without its supplier", "Sans son fournisseur");

    public string MoreEntries(int count) => string.Format(CultureInfo.InvariantCulture, Say("{0} more are listed at the command line.", "{0} de plus sont listés en ligne de commande."), count);

    public string EntryKindOf(string kind) => kind switch
    {
        "supplier" => Say("Suppliers", "Fournisseurs"),
        "hardware" => Say("Hardware", "Matériel"),
        "service" => Say("Services", "Services"),
        "licence" => Say("Licences", "Licences"),
        "software" => Say("Software", "Logiciels"),
        "beffroi-service" => Say("Beffroi’s services", "Services de Beffroi"),
        _ => kind,
    };

    public string MomentOf(string moment) => moment switch
    {
        "at-once" => Say("at once", "aussitôt"),
        "at-expiry" => Say("at the next expiry", "à la prochaine échéance"),
        "at-failure" => Say("at the next failure", "à la prochaine panne"),
        "never" => Say("goes on", "continue"),
        _ => moment,
    };
}
