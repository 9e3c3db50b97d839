using Beffroi.Hosts.WebConsole.SignIn;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole;

/// <summary>What the console says, in one language. Both stand side by side, so that none is forgotten.</summary>
internal sealed partial class ConsoleTexts
{
    private static readonly ConsoleTexts French = new(true), English = new(false);
    private readonly bool _french;

    private ConsoleTexts(bool french) => _french = french;

    public string Language => Say("en", "fr");

    public string OtherLanguage => Say("fr", "en");

    /// <summary>The other language's name, in that language.</summary>
    public string OtherLanguageName => Say("Français", "English");

    public string Skip => Say("Skip to the content", "Aller au contenu");

    public string Navigation => Say("Main navigation", "Navigation principale");

    public string Console => Say("Console", "Console");

    public string SignIn => Say("Sign in", "Se connecter");

    public string SignOut => Say("Sign out", "Se déconnecter");

    public string SignedInAs => Say("Signed in as", "Connecté en tant que");

    public string Passkeys => Say("Passkeys", "Clés d’accès");

    public string Password => Say("Password", "Mot de passe");

    public string SignedOut => Say("You are signed out", "Vous êtes déconnecté");

    public string SignedOutMore => Say("Your session has ended, here and on the server.", "Votre session est terminée, ici et sur le serveur.");

    public string NotSignedIn => Say("You are not signed in", "Vous n’êtes pas connecté");

    public string TooMany => Say("Too many attempts from your address. Wait a minute, then sign in again.", "Trop d’essais depuis votre adresse. Attendez une minute, puis connectez-vous de nouveau.");

    public string NotBegunHere => Say("This sign-in was not begun in this browser, or too long ago. Sign in again.", "Cette connexion n’a pas été commencée dans ce navigateur, ou il y a trop longtemps. Connectez-vous de nouveau.");

    public string SignInRefused => Say("You refused, so no session was begun.", "Vous avez refusé : aucune session n’a été ouverte.");

    public string CodeNotGood => Say("This sign-in can’t be used (any more). Sign in again.", "Cette connexion ne vaut pas ou plus. Connectez-vous de nouveau.");

    public string StaleForm => Say("Nothing was done", "Rien n’a été fait");

    public string StaleFormMore => Say("The form was not one of this session’s. Go back, reload the page and try again.", "Le formulaire n’était pas de cette session. Revenez en arrière, rechargez la page et recommencez.");

    public string NotFound => Say("Not found", "Introuvable");

    public string NotFoundMore => Say("There is nothing at this address, or you have no access to it.", "Il n’y a rien à cette adresse, ou vous n’y avez pas accès.");

    public string Forbidden => Say("Not allowed", "Non autorisé");

    public string ForbiddenMore => Say("None of your roles allows this. Ask someone who looks after your organization’s access.", "Aucun de vos rôles ne le permet. Adressez-vous à qui gère les accès de votre organisation.");

    public string Refused => Say("The request was refused", "La demande a été refusée");

    public string RefusedMore => Say("The API says why:", "L’API dit pourquoi :");

    public string Away => Say("The control plane doesn’t answer", "Le plan de contrôle ne répond pas");

    public string AwayMore => Say(
        "Your databases are not affected: they serve without it. Wait a moment and load the page again; if it goes on, tell your operator.",
        "Vos bases ne sont pas touchées : elles servent sans lui. Attendez un moment et rechargez la page ; si cela dure, prévenez votre exploitant.");

    public string RequestId => Say("Request", "Demande");

    public string BackToOverview => Say("Back to the overview", "Retour à la vue d’ensemble");

    public string Overview => Say("Overview", "Vue d’ensemble");

    public string OverviewLead => Say("Spaces of {0}, and the databases in them.", "Les espaces de {0}, et les bases qu’ils contiennent.");

    public string NoSpaces => Say("No space yet", "Aucun espace pour l’instant");

    public string NoSpacesMore => Say(
        "A space is an isolated network with a quota and a classification. Databases live in one. Create the first:",
        "Un espace est un réseau isolé, avec un quota et une classification. Les bases vivent dans un espace. Créez le premier :");

    public string NoDatabases => Say("No database here yet. Create one:", "Aucune base ici pour l’instant. Créez-en une :");

    public string NoDatabasesSeen => Say("You may not see databases in this space.", "Vous ne pouvez pas voir les bases de cet espace.");

    public string MoreDatabases => Say("All databases of {0}", "Toutes les bases de {0}");

    public string NextPage => Say("Next page", "Page suivante");

    public string FirstPage => Say("First page", "Première page");

    public string Pages => Say("Pages", "Pages");

    public string SpaceTitle => Say("Space {0}", "Espace {0}");

    public string DatabasesOf => Say("Databases of the space {0}", "Bases de l’espace {0}");

    public string Databases => Say("Databases", "Bases de données");

    public string Name => Say("Name", "Nom");

    public string State => Say("State", "État");

    public string Version => Say("Version", "Version");

    public string Size => Say("Size", "Taille");

    public string Storage => Say("Storage", "Stockage");

    public string Attention => Say("Needs attention", "À surveiller");

    public string Nothing => Say("nothing", "rien");

    public string Classification => Say("Classification", "Classification");

    public string Zone => Say("Zone", "Zone");

    public string Network => Say("Network", "Réseau");

    public string Observed => Say("What is observed", "Ce qui est observé");

    public string Aspect => Say("Aspect", "Aspect");

    public string Holds => Say("Holds", "Vérifié");

    public string Since => Say("Since", "Depuis");

    public string Details => Say("In the platform’s words", "Dans les mots de la plateforme");

    public string Colon => Say(": ", " : ");

    public string Yes => Say("yes", "oui");

    public string No => Say("no", "non");

    public string Unknown => Say("unknown", "inconnu");

    public string Availability => Say("Availability", "Disponibilité");

    public string Protection => Say("Deletion protection", "Protection contre la suppression");

    public string Protected => Say("on: it can’t be deleted", "active : elle ne peut pas être supprimée");

    public string NotProtected => Say("off", "inactive");

    public string Connect => Say("Connect", "Se connecter à la base");

    public string ConnectMore => Say(
        "From where its space can be reached, over TLS. The first command shows the password and the certificate for ca.pem; that you read them is recorded in your ledger. Where the name isn’t resolved, give the address to your resolver.",
        "De là où son espace est joignable, par TLS. La première commande montre le mot de passe et le certificat pour ca.pem ; cette lecture est consignée dans votre registre. Là où le nom n’est pas résolu, donnez l’adresse à votre résolveur.");

    public string NoEndpoint => Say("There is no address yet; it stands here as soon as there is one.", "Il n’y a pas encore d’adresse ; elle sera ici dès qu’il y en aura une.");

    public string Credentials => Say("Password and certificate", "Mot de passe et certificat");

    public string Host => Say("Host", "Hôte");

    public string Address => Say("Address", "Adresse");

    public string Port => Say("Port", "Port");

    public string Readers => Say("For reading, from a replica", "Pour lire, sur un réplica");

    public string Operations => Say("Last operations", "Dernières opérations");

    public string OlderOperations => Say("All of this space’s operations:", "Toutes les opérations de cet espace :");

    public string What => Say("What", "Quoi");

    public string Trust => Say("Trust", "Confiance");

    public string TrustLead => Say("What Beffroi promises your organization, what was found when it was last checked, and how to check it yourself. Checks run every minute.", "Ce que Beffroi promet à votre organisation, ce qui a été constaté à la dernière vérification, et comment le vérifier vous-même. Les vérifications ont lieu chaque minute.");

    public string Enforced => Say("enforced by software", "imposé par le logiciel");

    public string Chosen => Say("your choice", "votre choix");

    public string Seen => Say("Seen", "Constaté");

    public string NoBackups => Say("None yet: the first is made by itself.", "Aucune encore : la première se fait d’elle-même.");

    public string GoodUntil => Say("To be relied on until", "Valable jusqu’au");

    public string CheckYourself => Say("Check it yourself:", "Vérifiez vous-même :");

    public string ForAuditors => Say("For an auditor, all of it as a signed bundle that is verified without us:", "Pour un auditeur, le tout en un dossier signé qui se vérifie sans nous :");

    public string Ledger => Say("Ledger", "Registre");

    public string LedgerLead => Say("Everything that was done or refused in your organization, newest first: {0} entries that nobody can change unseen.", "Tout ce qui a été fait ou refusé dans votre organisation, le plus récent d’abord : {0} écritures que nul ne peut changer sans que cela se voie.");

    public string LedgerProve => Say("Don’t trust this page: these commands verify the whole ledger, and prove one entry, against the log’s key alone.", "Ne croyez pas cette page : ces commandes vérifient tout le registre, et prouvent une écriture, avec la seule clé du registre.");

    public string Number => Say("No.", "N°");

    public string When => Say("When", "Quand");

    public string Who => Say("Who", "Qui");

    public string OnBehalfOf => Say("On behalf of", "Pour le compte de");

    public string Outcome => Say("Outcome", "Issue");

    public string On => Say("On what", "Sur quoi");

    public string NewestEntries => Say("Newest entries", "Les plus récentes");

    public string OlderEntries => Say("Older entries", "Plus anciennes");

    public string NewDatabase => Say("Create a PostgreSQL", "Créer un PostgreSQL");

    public string NameHelp => Say("Small letters, digits and hyphens. It is part of the database’s host name and can’t be changed.", "Minuscules, chiffres et traits d’union. Il fait partie du nom d’hôte de la base et ne peut pas être changé.");

    public string SizeOne => Say("{0}: {1} CPU, {2} GiB of memory", "{0} : {1} processeur, {2} Gio de mémoire");

    public string SizeMany => Say("{0}: {1} CPUs, {2} GiB of memory", "{0} : {1} processeurs, {2} Gio de mémoire");

    public string SizeHelp => Say("Of each node. It can be changed while the database serves.", "De chaque nœud. Elle peut être changée pendant que la base sert.");

    public string StorageHelp => Say("From 1GiB to 16TiB, encrypted with a key of the database’s own. It can grow, not shrink.", "De 1GiB à 16TiB, chiffré avec une clé propre à la base. Il peut grandir, pas diminuer.");

    public string SingleHelp => Say("Enough for tests. After a failure it starts again by itself; while it does, nobody is served.", "Suffit pour des essais. Après une panne, il redémarre de lui-même ; pendant ce temps, personne n’est servi.");

    public string HaHelp => Say("Another node takes over within seconds. A commit waits until a second node has it, as long as there is one.", "Un autre nœud prend le relais en quelques secondes. Une validation attend qu’un second nœud l’ait reçue, tant qu’il y en a un.");

    public string StrictHelp => Say("As before, and no commit is ever on one node alone: rather than that, writes wait.", "De même, et aucune validation n’est jamais sur un seul nœud : plutôt que cela, les écritures attendent.");

    public string Retention => Say("Days that a restore can go back", "Jours dont une restauration peut remonter");

    public string RetentionHelp => Say("1 to 3650. Backups are locked for as long: nobody can delete them, not even you.", "De 1 à 3650. Les sauvegardes sont verrouillées aussi longtemps : nul ne peut les supprimer, pas même vous.");

    public string ProtectionHelp => Say("While it is on, the database can’t be deleted.", "Tant qu’elle est active, la base ne peut pas être supprimée.");

    public string Create => Say("Create", "Créer");

    public string ShowCommand => Say("Show the command", "Montrer la commande");

    public string NoCommand => Say("Fill in the name first; letters, digits, dots and hyphens go into a command.", "Remplissez d’abord le nom ; lettres, chiffres, points et traits d’union vont dans une commande.");

    public string ChangeOrRestart => Say("Change or restart", "Modifier ou redémarrer");

    public string ChangeTitle => Say("Change {0}", "Modifier {0}");

    public string Change => Say("Change", "Modifier");

    public string ChangedMeanwhile => Say(
        "Somebody else has changed this database since this page was shown. What you typed is still here: compare it with what is now, then change.",
        "Quelqu’un d’autre a modifié cette base depuis que cette page a été affichée. Ce que vous avez tapé est encore là : comparez avec ce qui est, puis modifiez.");

    public string Parameters => Say("PostgreSQL’s settings", "Réglages de PostgreSQL");

    public string ParametersHelp => Say(
        "A line each: work_mem = 16MB. What is not named follows from the size. Which there are, and how much each can be:",
        "Une ligne par réglage : work_mem = 16MB. Ce qui n’est pas nommé découle de la taille. Lesquels il y a, et combien chacun peut valoir :");

    public string Extensions => Say("Extensions", "Extensions");

    public string ExtensionsHelp => Say(
        "Made where they are missing. One that you untick stays in the database until you drop it.",
        "Créées là où elles manquent. Celle que vous décochez reste dans la base jusqu’à ce que vous la supprimiez.");

    public string NothingChanges => Say("This is how it is: nothing would change.", "C’est déjà ainsi : rien ne changerait.");

    public string NoChangeCommand => Say("One of these values is nothing for a command: letters, digits and a few signs go into one.", "Une de ces valeurs ne peut aller dans une commande : lettres, chiffres et quelques signes.");

    public string Maintain => Say("Update, restart, hand over, stop", "Mettre à jour, redémarrer, basculer, arrêter");

    public string WaitsForRestart => Say("These wait for a restart:", "Ceux-ci attendent un redémarrage :");

    public string Restart => Say("Restart PostgreSQL", "Redémarrer PostgreSQL");

    public string RestartOne => Say("Nobody is served for some seconds, and connections end.", "Pendant quelques secondes, personne n’est servi, et les connexions se terminent.");

    public string RestartMany => Say("Replicas first; then another node takes over, and the one that was primary follows.", "Les réplicas d’abord ; puis un autre nœud prend le relais, et l’ancien primaire suit.");

    public string Window => Say("Maintenance window", "Fenêtre de maintenance");

    public string WindowHelp => Say(
        "When updates, and restarts that wait, are done by themselves: a day of the week or daily, from and to, and a time zone. Empty: only when you ask for them.",
        "Quand les mises à jour, et les redémarrages en attente, se font d’eux-mêmes : un jour de la semaine (monday à sunday) ou daily, de et à, et un fuseau horaire. Vide : seulement quand vous les demandez.");

    public string ApplyUpdates => Say("Apply updates", "Appliquer les mises à jour");

    public string UpdatesThere => Say("There is a newer image, with updates of PostgreSQL, Debian or the agent.", "Une image plus récente est disponible, avec des mises à jour de PostgreSQL, de Debian ou de l’agent.");

    public string UpdatesNone => Say("Every node runs from the newest image.", "Tous les nœuds sont issus de l’image la plus récente.");

    public string StopIt => Say("Stop it", "L’arrêter");

    public string StopMore => Say("Nobody is served until it is started again; its volumes are closed. Its address, its backups and its place in the quotas stay.", "Personne n’est servi jusqu’à ce qu’elle soit redémarrée ; ses volumes sont fermés. Son adresse, ses sauvegardes et sa place dans les quotas restent.");

    public string StartIt => Say("Start it", "La démarrer");

    public string StartMore => Say("It is stopped, as was asked for. What was changed meanwhile counts from its start.", "Elle est arrêtée, comme demandé. Ce qui a été modifié entre-temps vaut dès son démarrage.");

    public string RotateKey => Say("Rotate its key", "Changer sa clé");

    public string RotateKeyOne => Say("A new key: the database is stopped while its volume is copied under it. Backups follow; those already made stay under their key until they expire.", "Une nouvelle clé : la base est arrêtée le temps que son volume y soit copié. Les sauvegardes suivent ; celles qui existent restent sous leur clé jusqu’à leur expiration.");

    public string RotateKeyMany => Say("A new key: volumes are copied under it, those of replicas first; then another node takes over. Backups follow; those already made stay under their key until they expire.", "Une nouvelle clé : les volumes y sont copiés, ceux des réplicas d’abord ; puis un autre nœud prend le relais. Les sauvegardes suivent ; celles qui existent restent sous leur clé jusqu’à leur expiration.");

    public string SwitchOver => Say("Hand over to another node", "Basculer vers un autre nœud");

    public string SwitchOverMore => Say("Another node becomes the primary. Connections of writers end and are to be opened again.", "Un autre nœud devient primaire. Les connexions en écriture se terminent et sont à rouvrir.");

    public string Measured => Say("What is measured", "Ce qui est mesuré");

    public string MeasuredMore => Say("As of the last ten seconds. All of it, also for Prometheus:", "À dix secondes près. Le tout, aussi pour Prometheus :");

    public string Node => Say("Node", "Nœud");

    public string Primary => Say("primary", "primaire");

    public string Replica => Say("replica", "réplica");

    public string Memory => Say("Memory", "Mémoire");

    public string Volume => Say("Volume", "Volume");

    public string Connections => Say("Connections: active / all (at most)", "Connexions : actives / toutes (au plus)");

    public string WaitForLocks => Say("Wait for locks", "Attendent un verrou");

    public string OldestTransaction => Say("Oldest transaction", "Plus vieille transaction");

    public string Cached => Say("Read from the cache", "Lu dans le cache");

    public string DeadRows => Say("Dead rows", "Lignes mortes");

    public string Lag => Say("Lag", "Retard");

    public string Approvals => Say("Approvals", "Approbations");

    public string ApprovalsLead => Say(
        "What one person alone must not do waits here for a second. Whoever asked sends the request again once it is approved; nobody approves their own.",
        "Ce qu’une personne seule ne doit pas faire attend ici une seconde personne. Qui l’a demandé renvoie la demande une fois approuvée ; nul n’approuve la sienne.");

    public string TwoPersonRule => Say("Two-person rule", "Règle des deux personnes");

    public string DeletionGrace => Say("Grace of deletions", "Délai de grâce des suppressions");

    public string ImmediateDeletion => Say("Deletion at once", "Suppression immédiate");

    public string ChangeSafeguards => Say("Change the safeguards", "Changer les garde-fous");

    public string NoApprovals => Say("Nothing waits, and nothing has waited.", "Rien n’attend, et rien n’a attendu.");

    public string Decision => Say("Decision", "Décision");

    public string Approve => Say("Approve", "Approuver");

    public string Refuse => Say("Refuse", "Refuser");

    public string LookAgain => Say("Look again", "Regarder de nouveau");

    public string DeleteDatabase => Say("Delete this database", "Supprimer cette base");

    public string DeleteTitle => Say("Delete {0}", "Supprimer {0}");

    public string DeleteMore => Say("It stops, and its volume is locked. Until your organization’s grace is over it can be brought back here; then its key is destroyed, and with it everything that its backups say.", "Elle s’arrête et son volume est verrouillé. Jusqu’à la fin du délai de votre organisation, elle peut être rétablie ici ; puis sa clé est détruite, et avec elle le sens de ses sauvegardes.");

    public string DeleteProtected => Say("It is protected from deletion. Take the protection away first:", "Elle est protégée contre la suppression. Retirez d’abord la protection :");

    public string TypeName => Say("To delete it, type its name:", "Pour la supprimer, tapez son nom :");

    public string WrongName => Say("This is not its name. Nothing was done.", "Ce n’est pas son nom. Rien n’a été fait.");

    public string Undelete => Say("Bring it back", "La rétablir");

    public string RestorableTo => Say("It can be restored as it was at", "Elle peut être restaurée telle qu’elle était le");

    public string BackupsAndRestore => Say("Backups and restore", "Sauvegardes et restauration");

    public string BackupsTitle => Say("Backups of {0}", "Sauvegardes de {0}");

    public string Backups => Say("Backups", "Sauvegardes");

    public string BackupsMore => Say("One a day by itself, and the write-ahead log all the time. What is finished can’t be changed or deleted before its date by anyone.", "Une par jour d’elle-même, et le journal des écritures en continu. Ce qui est terminé ne peut être ni modifié ni supprimé avant sa date, par personne.");

    public string BackupRuns => Say("One is being made, or waits for its turn.", "Une sauvegarde est en cours, ou attend son tour.");

    public string BackUpNow => Say("Back up now", "Sauvegarder maintenant");

    public string Earliest => Say("Earliest moment", "Premier moment");

    public string Latest => Say("Latest moment", "Dernier moment");

    public string LastWal => Say("Last WAL archived", "Dernier WAL archivé");

    public string ShorterFrom => Say("Shorter retention from", "Rétention plus courte à partir du");

    public string Finished => Say("Finished", "Terminée");

    public string Kind => Say("Kind", "Type");

    public string Label => Say("Label", "Étiquette");

    public string Added => Say("Added", "Ajouté");

    public string Sound => Say("Sound", "Saine");

    public string Restore => Say("Restore to a new database", "Restaurer dans une nouvelle base");

    public string RestoreMore => Say("This one is left as it is. The new one has a name, a certificate, a password and a key of its own.", "Celle-ci reste comme elle est. La nouvelle a un nom, un certificat, un mot de passe et une clé à elle.");

    public string RestoreTo => Say("Name of the new database", "Nom de la nouvelle base");

    public string RestoreAt => Say("Moment (UTC)", "Moment (UTC)");

    public string RestoreAtHelp => Say("Within the window above, to the second or finer. Empty: as late as possible.", "Dans la fenêtre ci-dessus, à la seconde ou plus finement. Vide : le plus tard possible.");

    public string Drills => Say("Restore drills", "Exercices de restauration");

    public string DrillsMore => Say("Each really restores the newest backup, reads every table, and puts a certificate on the ledger.", "Chacun restaure vraiment la dernière sauvegarde, lit chaque table et dépose un certificat au registre.");

    public string DrillNow => Say("Drill now", "Exercice maintenant");

    public string Passed => Say("Passed", "Réussi");

    public string Rows => Say("Rows", "Lignes");

    /// <summary>A time as a person reads it, the same in both languages (ISO 8601), in UTC.</summary>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture) + " UTC";

    /// <summary>The chosen language, or else the one that the browser prefers of the two; English for any other.</summary>
    public static ConsoleTexts For(HttpContext http) => http.Request.Cookies[Cookies.Language] switch
    {
        "fr" => French,
        "en" => English,
        _ => http.Request.GetTypedHeaders().AcceptLanguage
            .OrderByDescending(language => language.Quality ?? 1)
            .Select(language => language.Value.ToString().Split('-')[0].ToLowerInvariant())
            .FirstOrDefault(language => language is "fr" or "en") == "fr" ? French : English,
    };

    private string Say(string english, string french) => _french ? french : english;
}
