using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Contracts.Evidence;

namespace Beffroi.Hosts.WebConsole;

/// <summary>What the pages of the operator's console say of its machines, zones and customers.</summary>
internal sealed partial class ConsoleTexts
{
    public string OperatorArea => Say("Operator", "Exploitant");

    public string OperatorForbiddenMore => Say(
        "None of your roles allows this. Ask a platform administrator for one that does.",
        "Aucun de vos rôles ne le permet. Demandez-en un qui le permette à un administrateur de la plateforme.");

    public string OperatorAwayMore => Say(
        "Customers’ databases are not affected: they serve without it. Wait a moment and load the page again; if it goes on, look at beffroid’s log and at the store.",
        "Les bases des clients ne sont pas touchées : elles servent sans lui. Attendez un moment et rechargez la page ; si cela dure, regardez le journal de beffroid et le magasin.");

    public string Zones => Say("Zones", "Zones");

    public string Hosts => Say("Hosts", "Hôtes");

    public string HostsAndCapacity => Say("Hosts and capacity", "Hôtes et capacité");

    public string Images => Say("Images", "Images");

    public string Organizations => Say("Organizations", "Organisations");

    public string Organization => Say("Organization", "Organisation");

    public string Requests => Say("Requests", "Demandes");

    public string People => Say("People", "Personnes");

    public string Register => Say("Dependencies", "Dépendances");

    public string OperatorLead => Say(
        "How this installation stands, without anything of what customers keep in it.",
        "L’état de cette installation, sans rien de ce que les clients y conservent.");

    public string AllIsWell => Say("nothing needs attention", "rien à surveiller");

    public string Things(int count) => Many(count, "one thing", "{0} things", "un point", "{0} points");

    public string LevelOf(string level) => level switch
    {
        "bad" => Say("wrong", "anormal"),
        "busy" => Say("soon", "bientôt"),
        _ => Say("to know", "à savoir"),
    };

    public string HostsAnswer => Say("answer", "répondent");

    public string FreeOf => Say("free of {0}", "libres sur {0}");

    public string ZoneTitle => Say("Zone {0}", "Zone {0}");

    public string Resources => Say("Resources", "Ressources");

    public string SpacesOf(int spaces, int most) => spaces == 1
        ? string.Format(CultureInfo.InvariantCulture, Say("1 space of {0}", "1 espace sur {0}"), most)
        : string.Format(CultureInfo.InvariantCulture, Say("{0} spaces of {1}", "{0} espaces sur {1}"), spaces, most);

    public string AgentsOf(int heard, int known) => string.Format(CultureInfo.InvariantCulture, Say("{0} of {1} agents heard", heard < 2 ? "{0} agent entendu sur {1}" : "{0} agents entendus sur {1}"), heard, known);

    public string RequestsOf(int waiting, int open) => string.Format(CultureInfo.InvariantCulture, Say("{0} waiting, {1} open", open < 2 ? "{0} en attente, {1} ouverte" : "{0} en attente, {1} ouvertes"), waiting, open);

    public string NoHostHeard(string zone) => Say($"No host of the zone {zone} has been heard yet.", $"Aucun hôte de la zone {zone} n’a encore été entendu.");

    public string HostSilent(string host, DateTimeOffset since) => Say($"The host {host} has been silent since {Time(since)}.", $"L’hôte {host} est silencieux depuis le {Time(since)}.");

    public string ShortMemory(string host, long left) => Say($"The host {host} has {Bytes(left)} of memory left.", $"Il reste {Bytes(left)} de mémoire à l’hôte {host}.");

    public string ShortStorage(string host, long left) => Say($"The host {host} has {Bytes(left)} of storage left.", $"Il reste {Bytes(left)} de stockage à l’hôte {host}.");

    public string TooMuchMemory(string zone) => Say($"More memory is admitted in the zone {zone} than its hosts have.", $"Plus de mémoire est admise dans la zone {zone} que n’en ont ses hôtes.");

    public string TooMuchStorage(string zone) => Say($"More storage is admitted in the zone {zone} than its hosts have.", $"Plus de stockage est admis dans la zone {zone} que n’en ont ses hôtes.");

    public string FewNetworks(int taken, int most) => Say($"{taken} of {most} networks for spaces are taken.", $"{taken} réseaux d’espaces sur {most} sont pris.");

    public string SilentAgents(int silent, int known) => silent == 1
        ? Say($"One of {known} agents is silent.", $"Un agent sur {known} est silencieux.")
        : Say($"{silent} of {known} agents are silent.", $"{silent} agents sur {known} sont silencieux.");

    public string OldImage(int instances, string digest) => instances == 1
        ? Say($"One instance is still of the replaced image {digest}.", $"Une instance est encore de l’image remplacée {digest}.")
        : Say($"{instances} instances are still of the replaced image {digest}.", $"{instances} instances sont encore de l’image remplacée {digest}.");

    public string Undeclared(string zone) => Say(
        $"Nothing is declared of the zone {zone}: only data that no rule asks anything for may be there.",
        $"Rien n’est déclaré de la zone {zone} : seules des données dont aucune règle n’exige rien peuvent s’y trouver.");

    public string QualificationEnds(string kind, string reference, string zone, DateOnly until, bool over) => over
        ? Say($"{kind} {reference} of the zone {zone} ended on {Day(until)}.", $"{kind} {reference} de la zone {zone} a pris fin le {Day(until)}.")
        : Say($"{kind} {reference} of the zone {zone} ends on {Day(until)}.", $"{kind} {reference} de la zone {zone} prend fin le {Day(until)}.");

    public string EntryEnds(string name, DateOnly until, bool over) => over
        ? Say($"{name} in the register ended on {Day(until)}.", $"{name}, au registre, a pris fin le {Day(until)}.")
        : Say($"{name} in the register ends on {Day(until)}.", $"{name}, au registre, prend fin le {Day(until)}.");

    public string RequestWaits(string by, string organization, DateTimeOffset until) => Say(
        $"{organization} has not yet answered {by}, and has time until {Time(until)}.", $"{organization} n’a pas encore répondu à {by}, et a jusqu’au {Time(until)}.");

    public string RequestOpen(string by, string organization, DateTimeOffset? until) => Say(
        $"{by} may look at what {organization} agreed to show{(until is { } end ? ", until " + Time(end) : "")}.", $"{by} peut regarder ce que {organization} a accepté de montrer{(until is { } fin ? ", jusqu’au " + Time(fin) : "")}.");

    public string OwnReviewDue(AccessReviewDue due)
    {
        var (late, day) = (due.State == "overdue", Day(DateOnly.FromDateTime(due.DueAt!.Value.UtcDateTime)));
        return due.Kind == "technical"
            ? Say(
                $"The operator’s service accounts are to be reviewed{(late ? ", overdue since" : " by")} {day}: beffroi access-review begin technical.",
                $"Les comptes de service de l’opérateur sont à revoir{(late ? ", en retard depuis le" : " avant le")} {day} : beffroi access-review begin technical.")
            : Say(
                $"The rights of the operator’s people are to be reviewed{(late ? ", overdue since" : " by")} {day}: beffroi access-review begin rights.",
                $"Les droits des personnes de l’opérateur sont à revoir{(late ? ", en retard depuis le" : " avant le")} {day} : beffroi access-review begin rights.");
    }

    public string OneAdministrator => Say(
        "There are fewer than two active platform administrators: nobody could reset the last one’s sign-in.",
        "Il y a moins de deux administrateurs de la plateforme actifs : nul ne pourrait réinitialiser la connexion du dernier.");

    public string ZonesLead => Say(
        "Where customers’ resources run. What is declared of a zone decides which data may be there, and every customer can read it.",
        "Là où tournent les ressources des clients. Ce qui est déclaré d’une zone décide quelles données peuvent s’y trouver, et chaque client peut le lire.");

    public string OperatedBy => Say("Operator", "Exploitant");

    public string Country => Say("Country", "Pays");

    public string Isolation => Say("Isolation", "Isolation");

    public string IsolationOf(string isolation) => isolation switch
    {
        "container" => Say("containers", "conteneurs"),
        "vm" => Say("virtual machines", "machines virtuelles"),
        "confidential-vm" => Say("confidential virtual machines", "machines virtuelles confidentielles"),
        _ => isolation,
    };

    public string Qualifications => Say("Qualifications and certificates", "Qualifications et certificats");

    public string Qualification => Say("Qualification", "Qualification");

    public string QualificationOf(string kind) => kind switch
    {
        "secnumcloud" => "SecNumCloud",
        "hds" => "HDS",
        "european-equivalent" => Say("European equivalent", "équivalent européen"),
        _ => kind,
    };

    public string Activities(IEnumerable<int> activities) => Say("activities ", "activités ") + string.Join(", ", activities.Select(a => a.ToString(CultureInfo.InvariantCulture)));

    public string NoQualification => Say("none declared", "aucune déclarée");

    public string NotDeclared => Say("not declared", "non déclaré");

    public string DeclaredAt => Say("Declared", "Déclaré");

    public string NothingDeclared => Say("Nothing is declared of this zone", "Rien n’est déclaré de cette zone");

    public string NothingDeclaredMore => Say(
        "What is not declared is not the case: only data that no rule asks anything for may be here, and evaluations.",
        "Ce qui n’est pas déclaré n’est pas : seules peuvent s’y trouver des données dont aucune règle n’exige rien, et des évaluations.");

    public string CommercialOffer => Say("Commercial offer", "Offre commerciale");

    public string LastDay => Say("Last day", "Dernier jour");

    public string From => Say("From", "À partir du");

    public string DecidedBy => Say("Decided by", "Décidé par");

    public string NotYet => Say("not yet", "pas encore");

    public string EndingOf(string level) => level switch
    {
        "bad" => Say("ended", "terminé"),
        "busy" => Say("ends soon", "finit bientôt"),
        _ => Say("holds", "en vigueur"),
    };

    public string Owners => Say("Owners", "Détenteurs");

    public string OutsideEu => Say(
        "Held outside the European Union or undeclared, along all chains: {0} of the capital, {1} of the votes.",
        "Détenu hors de l’Union européenne ou non déclaré, en suivant toutes les chaînes : {0} du capital, {1} des droits de vote.");

    public string HoldsOf => Say("Holds a share of", "Détient une part de");

    public string Capital => Say("Capital", "Capital");

    public string Votes => Say("Votes", "Droits de vote");

    public string Seat => Say("Seat", "Siège");

    public string OutsideUnion => Say("outside the Union", "hors de l’Union");

    public string InUnion => Say("in the Union", "dans l’Union");

    public string Controls => Say("veto or most of a governing body", "veto ou majorité d’un organe de direction");

    public string Sites => Say("Sites", "Sites");

    public string Exposure => Say("Exposure to laws of other countries", "Exposition à des lois d’autres pays");

    public string NoExposure => Say("none declared", "aucune déclarée");

    public string Law => Say("Law", "Loi");

    public string AsOf => Say("As of", "Au");

    public string Mitigation => Say("What is done about it", "Ce qui est fait contre");

    public string DeclareMore => Say(
        "A declaration is one file, given as a whole: every space in the zone is judged anew by it, what was declared before is kept, and the change is in your ledger.",
        "Une déclaration est un fichier, donné en entier : chaque espace de la zone est jugé de nouveau d’après elle, ce qui était déclaré avant est conservé, et le changement figure à votre registre.");

    public string HostsLead => Say(
        "Each host is asked once a minute what it has. What is admitted is the sum of what all customers’ resources may take; what is promised is what their quotas allow.",
        "Chaque hôte est interrogé une fois par minute. Ce qui est admis est la somme de ce que peuvent prendre toutes les ressources des clients ; ce qui est promis est ce que permettent leurs quotas.");

    public string CapacityOf(string zone) => string.Format(CultureInfo.InvariantCulture, Say("Capacity of the zone {0}", "Capacité de la zone {0}"), zone);

    public string HostsHave => Say("Hosts have", "Les hôtes ont");

    public string InUse => Say("In use", "Utilisé");

    public string Admitted => Say("Admitted", "Admis");

    public string Promised => Say("Promised", "Promis");

    public string Cpus => Say("CPUs", "Processeurs");

    public string CapacityMore => Say(
        "Memory and storage are taken when they are used: more can be admitted than there is, but not used. A spare kept ready for each space is in use and in nobody’s quota.",
        "Mémoire et stockage sont pris quand ils servent : on peut en admettre plus qu’il n’y en a, mais non en utiliser plus. La réserve tenue prête dans chaque espace est utilisée sans être dans le quota de personne.");

    public string NoHosts => Say("No host has been heard", "Aucun hôte n’a été entendu");

    public string NoHostsMore => Say(
        "beffroid asks beffroi-host once a minute. If this stays so, see on the host whether it runs:",
        "beffroid interroge beffroi-host une fois par minute. Si cela dure, regardez sur l’hôte s’il tourne :");

    public string HostStateOf(string state) => state switch
    {
        "answering" => Say("answers", "répond"),
        "silent" => Say("silent", "silencieux"),
        _ => state,
    };

    public string LastHeard => Say("last heard", "entendu le");

    public string LoadOf(double load, int cpus) => string.Format(CultureInfo.InvariantCulture, Say("load {0} on {1} CPUs", "charge {0} sur {1} processeurs"), Number1(load), cpus);

    public string UsedOf(long used, long all) => string.Format(CultureInfo.InvariantCulture, Say("{0} used of {1}", "{0} utilisés sur {1}"), Bytes(used), Bytes(all));

    public string Instances => Say("Instances", "Instances");

    public string RunningOf(int running, int all) => string.Format(CultureInfo.InvariantCulture, Say("{0} running of {1}", "{0} en marche sur {1}"), running, all);

    public string Volumes => Say("Encrypted volumes", "Volumes chiffrés");

    public string SwitchedOn => Say("Switched on", "Allumé");

    public string OperatingSystem => Say("System", "Système");

    public string Kernel => Say("Kernel", "Noyau");

    public string AgentVersions => Say("Agents by version:", "Agents par version :");

    public string ImagesLead => Say(
        "What instances are made from: Debian’s packages and the agent, built by this installation. Each has a bill of materials that every customer can read.",
        "Ce dont sont faites les instances : les paquets de Debian et l’agent, construits par cette installation. Chacune a une nomenclature que chaque client peut lire.");

    public string NoImages => Say("No image is known yet", "Aucune image n’est encore connue");

    public string NoImagesMore => Say("They are known once a host has been heard.", "Elles le sont dès qu’un hôte a été entendu.");

    public string Image => Say("Image", "Image");

    public string OlderImage => Say("older", "plus ancienne");

    public string CurrentImage => Say("for new instances", "pour les nouvelles instances");

    public string ReplacedImage => Say("replaced", "remplacée");

    public string BuiltAt => Say("Built", "Construite");

    public string Agent => Say("Agent", "Agent");

    public string Packages => Say("Packages", "Paquets");

    public string ImagesMore => Say(
        "An image takes Debian’s updates when it is built anew. Instances keep the image they were made from; a new database has the new one.",
        "Une image reçoit les mises à jour de Debian quand elle est reconstruite. Les instances gardent l’image dont elles sont faites ; une nouvelle base a la nouvelle.");

    public static string KindOf(string kind) => kind switch
    {
        "postgres" => "PostgreSQL",
        "kubernetes" => "Kubernetes",
        _ => kind,
    };

    /// <summary>An amount as people read it, in binary units (IEC 80000-13).</summary>
    public string Bytes(long bytes)
    {
        var (value, unit) = bytes switch
        {
            >= 1L << 40 => (bytes / (double)(1L << 40), Say("TiB", "Tio")),
            >= 1L << 30 => (bytes / (double)(1L << 30), Say("GiB", "Gio")),
            _ => (bytes / (double)(1L << 20), Say("MiB", "Mio")),
        };
        return Number1(value) + "\u00a0" + unit;
    }

    /// <summary>A number with one digit after its point, or none where it is round.</summary>
    public string Number1(double number) => Pointed(number.ToString("0.#", CultureInfo.InvariantCulture));

    public string Percent(decimal percent) => Pointed(percent.ToString("0.##", CultureInfo.InvariantCulture)) + "\u00a0%";

    /// <summary>What is used of a limit; null for none.</summary>
    public string Of(string used, string? limit) => used + " / " + (limit ?? NoLimit);

    public string Local(LocalText text) => _french ? text.Fr : text.En;

    /// <summary>A day, the same in both languages (ISO 8601).</summary>
    public static string Day(DateOnly day) => day.ToString("O", CultureInfo.InvariantCulture);

    // The program knows no cultures but the invariant one.
    private string Pointed(string number) => _french ? number.Replace('.', ',') : number;

    private string Many(int count, string one, string more, string un, string plus) => string.Format(CultureInfo.InvariantCulture, count == 1 ? Say(one, un) : Say(more, plus), count);
}
