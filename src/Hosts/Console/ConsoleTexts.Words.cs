namespace Beffroi.Hosts.WebConsole;

/// <summary>The API's own words in one language; one that isn't known here is shown as it is.</summary>
internal sealed partial class ConsoleTexts
{
    public string FindingOf(string state) => state switch
    {
        "holds" => Say("holds", "tenu"),
        "fails" => Say("fails", "non tenu"),
        "stale" => Say("stale", "périmé"),
        "unknown" => Say("not known yet", "pas encore connu"),
        _ => state,
    };

    public string ApprovalOf(string state) => state switch
    {
        "waiting" => Say("waits", "attend"),
        "approved" => Say("approved", "approuvée"),
        "refused" => Say("refused", "refusée"),
        "used" => Say("done", "faite"),
        "expired" => Say("expired", "expirée"),
        _ => state,
    };

    public string OutcomeOf(string outcome) => outcome switch
    {
        "accepted" => Say("accepted", "acceptée"),
        "refused" => Say("refused", "refusée"),
        "done" => Say("done", "faite"),
        "failed" => Say("failed", "échouée"),
        _ => outcome,
    };

    public string BackupTypeOf(string type) => type switch
    {
        "full" => Say("full", "complète"),
        "incremental" => Say("incremental", "incrémentale"),
        _ => type,
    };

    public string AvailabilityOf(string availability) => availability switch
    {
        "single" => Say("one node", "un nœud"),
        "ha" => Say("three nodes", "trois nœuds"),
        "ha-strict" => Say("three nodes, no commit alone", "trois nœuds, aucune validation seul"),
        _ => availability,
    };

    public string VerbOf(string verb) => verb switch
    {
        "create" => Say("create", "création"),
        "update" => Say("change", "modification"),
        "delete" => Say("delete", "suppression"),
        "undelete" => Say("undo the deletion", "annulation de la suppression"),
        "switchover" => Say("switch over", "bascule"),
        "restart" => Say("restart", "redémarrage"),
        "seal" => Say("seal", "mise sous scellés"),
        "unseal" => Say("unseal", "levée des scellés"),
        "apply-updates" => Say("apply updates", "mise à jour"),
        "rotate-key" => Say("rotate its key", "changement de clé"),
        "rotate" => Say("rotate the key", "rotation de la clé"),
        "rotate-password" => Say("replace a password", "remplacement d’un mot de passe"),
        _ => verb,
    };

    public string OperationStateOf(string state) => state switch
    {
        "running" => Say("under way", "en cours"),
        "succeeded" => Say("succeeded", "réussie"),
        "failed" => Say("failed", "échouée"),
        "superseded" => Say("superseded", "remplacée"),
        _ => state,
    };

    public string StateOf(string state) => state switch
    {
        "creating" => Say("being created", "en création"),
        "ready" => Say("ready", "prête"),
        "updating" => Say("being changed", "en cours de modification"),
        "degraded" => Say("degraded", "dégradée"),
        "deleting" => Say("being deleted", "en suppression"),
        "sealed" => Say("sealed", "scellée"),
        "stopping" => Say("being stopped", "en cours d’arrêt"),
        "stopped" => Say("stopped", "arrêtée"),
        "starting" => Say("starting", "en démarrage"),
        _ => state,
    };

    public string ClassificationOf(string classification) => classification switch
    {
        "open" => Say("open", "ouvert"),
        "internal" => Say("internal", "interne"),
        "sensitive" => Say("sensitive", "sensible"),
        "health" => Say("health", "santé"),
        _ => classification,
    };

    public string ConditionOf(string type) => type switch
    {
        "Ready" => Say("accepts connections", "accepte les connexions"),
        "IsolationVerified" => Say("isolation verified", "isolation vérifiée"),
        "PolicyHolds" => Say("rules hold", "règles tenues"),
        "EvidenceHolds" => Say("evidence holds", "preuves tenues"),
        "VolumeEncrypted" => Say("volume encrypted", "volume chiffré"),
        "KeyReady" => Say("key ready", "clé prête"),
        "NetworkReady" => Say("network ready", "réseau prêt"),
        "InstanceRunning" => Say("instance runs", "instance en marche"),
        "AgentConnected" => Say("agent connected", "agent connecté"),
        "DatabaseReady" => Say("database answers", "la base répond"),
        "Configured" => Say("configured", "configurée"),
        "AddressAllotted" => Say("address allotted", "adresse attribuée"),
        "EndpointPublished" => Say("endpoint published", "point d’accès publié"),
        "TokenRemoved" => Say("enrolment token removed", "jeton d’inscription retiré"),
        "Replicated" => Say("replicated", "répliquée"),
        "VolumeRekeyed" => Say("volume under its new key", "volume sous sa nouvelle clé"),
        "KeyRotated" => Say("key rotated", "clé changée"),
        "BackupKeyRotated" => Say("backups under its new key", "sauvegardes sous sa nouvelle clé"),
        "Maintained" => Say("maintained", "entretenue"),
        "UpToDate" => Say("up to date", "à jour"),
        "UpdatesApplied" => Say("updates applied", "mises à jour appliquées"),
        "NodeRenewed" => Say("node made anew", "nœud refait"),
        "SpreadAcrossHosts" => Say("spread across hosts", "répartie sur plusieurs hôtes"),
        "Sealed" => Say("sealed", "scellée"),
        "BackupArranged" => Say("in the backup repository", "dans le dépôt de sauvegarde"),
        "BackupReady" => Say("backed up", "sauvegardée"),
        "WalArchived" => Say("WAL archived", "WAL archivés"),
        "BackupsProven" => Say("backups proven", "sauvegardes éprouvées"),
        "RestoreAllowed" => Say("source can be read", "source lisible"),
        "InstanceStopped" => Say("instance stopped", "instance arrêtée"),
        "VolumeLocked" => Say("volume locked", "volume verrouillé"),
        "SettingsInForce" => Say("settings in force", "réglages en vigueur"),
        "ExtensionsInstalled" => Say("extensions installed", "extensions installées"),
        "PoolerReady" => Say("connection pooler ready", "gestionnaire de connexions prêt"),
        "MetricsWithinThresholds" => Say("metrics within bounds", "métriques dans les seuils"),
        "NoNodeTooMany" => Say("no node too many", "aucun nœud en trop"),
        _ => type,
    };
}
