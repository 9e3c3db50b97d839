using System.Collections.Frozen;
using Beffroi.Platform.Alerts;

namespace Beffroi.Platform.Conditions;

/// <summary>
/// Every kind of alert: its severity, its title, and which conditions raise it. A new condition belongs into a kind's rules or into <see cref="NotAlerting"/>; a test holds that.
/// </summary>
public static class AlertKinds
{
    /// <summary>A receiver is tried out.</summary>
    public const string Test = "test";

    /// <summary>An organization is sealed.</summary>
    public const string Sealed = "organization-sealed";

    /// <summary>A review of access is due within 30 days.</summary>
    public const string ReviewDue = "access-review-due";

    /// <summary>A review of access is overdue.</summary>
    public const string ReviewOverdue = "access-review-overdue";

    /// <summary>One of the operator's people asks to see something.</summary>
    public const string LockboxRequested = "lockbox-requested";

    /// <summary>Something is open to one of the operator's people.</summary>
    public const string LockboxOpen = "lockbox-open";

    /// <summary>The infrastructure's inventory is open to two of the operator's people.</summary>
    public const string BreakGlass = "break-glass";

    // A restart, a failover and a lost connection of an agent pass by themselves in less.
    private static readonly TimeSpan NotReadyHold = TimeSpan.FromMinutes(2);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<AlertKind> All { get; } =
    [
        Of("archiving-failing", AlertSeverity.Critical, "WAL is not archived: what was written since could not be restored", "Les WAL ne sont plus archivés : ce qui a été écrit depuis ne pourrait pas être restauré",
            new AlertRule("WalArchived", ["Failing"])),
        Of("volume-full", AlertSeverity.Critical, "The volume is almost full: transactions begin read-only", "Le volume est presque plein : les transactions commencent en lecture seule",
            new AlertRule("WalArchived", ["ReadOnly"])),
        Of("archiving-waiting", AlertSeverity.Warning, "WAL has not been archived yet", "Les WAL ne sont pas encore archivés",
            new AlertRule("WalArchived", ["Waiting"], TimeSpan.FromMinutes(30))),
        Of("backup-failing", AlertSeverity.Critical, "Backups fail", "Les sauvegardes échouent",
            new AlertRule("BackupReady", ["Failing"])),
        Of("backup-late", AlertSeverity.Warning, "A backup is late", "Une sauvegarde est en retard",
            new AlertRule("BackupReady", ["Late"]), new AlertRule("BackupReady", ["Waiting"], TimeSpan.FromHours(3)),
            new AlertRule("BackupKeyRotated", ["Failing"], TimeSpan.FromMinutes(30))),
        Of("drill-failed", AlertSeverity.Critical, "A backup could not be restored as a drill", "Une sauvegarde n’a pas pu être restaurée lors d’un exercice",
            new AlertRule("BackupsProven", ["Failed"])),
        Of("drill-late", AlertSeverity.Warning, "No restore drill has passed for too long", "Aucun exercice de restauration n’a réussi depuis trop longtemps",
            new AlertRule("BackupsProven", ["Stale"])),
        Of("not-ready", AlertSeverity.Critical, "It is not ready: it does not answer, or a part of it is missing", "Non prêt : ne répond pas, ou une partie manque",
            new AlertRule("Ready", null, NotReadyHold, ["degraded"])),
        Of("change-slow", AlertSeverity.Warning, "A change has taken more than half an hour", "Une modification dure depuis plus d’une demi-heure",
            new AlertRule("Ready", null, TimeSpan.FromMinutes(30), ["creating", "updating", "starting"])),
        Of("updates-waiting", AlertSeverity.Warning, "Updates have waited for two weeks", "Des mises à jour attendent depuis deux semaines",
            new AlertRule("UpToDate", ["NewerImage"], TimeSpan.FromDays(14))),
        Of("threshold-crossed", AlertSeverity.Warning, "A metric is beyond a bound that was set to it", "Une métrique a franchi un seuil qui lui a été fixé",
            new AlertRule("MetricsWithinThresholds", ["Crossed"])),
        Of("pooler-not-ready", AlertSeverity.Warning, "The connection pooler does not serve", "Le gestionnaire de connexions ne répond pas",
            new AlertRule("PoolerReady", ["NotServing"], NotReadyHold)),
        Of("specification-refused", AlertSeverity.Warning, "PostgreSQL refuses something that was specified", "PostgreSQL refuse un élément demandé",
            new AlertRule("ExtensionsInstalled", ["Refused"], NotReadyHold), new AlertRule("RolesAndDatabasesAsSpecified", ["Refused"], NotReadyHold)),
        Of("isolation-broken", AlertSeverity.Critical, "A verification of isolation broke through", "Une vérification d’isolation a franchi la barrière",
            new AlertRule("IsolationVerified")),
        Of("evidence-lapsed", AlertSeverity.Warning, "A check of evidence does not hold", "Une vérification de preuve n’est pas satisfaite",
            new AlertRule("EvidenceHolds", Hold: NotReadyHold)),
        Of(Sealed, AlertSeverity.Critical, "The organization is sealed: its services are stopped", "L’organisation est scellée : ses services sont arrêtés"),
        Of(ReviewDue, AlertSeverity.Warning, "An access review is due soon", "Une revue des accès est à faire prochainement"),
        Of(ReviewOverdue, AlertSeverity.Warning, "An access review is overdue", "Une revue des accès est en retard"),
        Of("policy-broken", AlertSeverity.Warning, "A rule on where data may be does not hold for a space", "Une règle sur le lieu des données n’est pas satisfaite pour un espace",
            new AlertRule("PolicyHolds", ["Refused"])),
        Of(LockboxRequested, AlertSeverity.Warning, "The operator asks to see something of yours", "L’opérateur demande à voir quelque chose de chez vous"),
        Of(LockboxOpen, AlertSeverity.Warning, "Something of yours is open to the operator, as you agreed", "Quelque chose de chez vous est ouvert à l’opérateur, comme vous l’avez approuvé"),
        Of(BreakGlass, AlertSeverity.Critical, "Two of the operator’s people opened the list of what runs on the infrastructure, without your consent; your data is not in it", "Deux personnes de l’opérateur ont ouvert la liste de ce qui tourne sur l’infrastructure, sans votre accord ; vos données n’y figurent pas"),
        Of(Test, AlertSeverity.Warning, "This is a test", "Ceci est un essai"),
    ];

    /// <summary>Conditions that are no alerts.</summary>
    public static IReadOnlySet<string> NotAlerting { get; } = new[]
    {
        // One alert an organization, instead of one for each resource: kind organization-sealed.
        "Sealed",
        // How things are, and not what goes wrong.
        "SpreadAcrossHosts", "SettingsInForce", "BackupArranged",
        // Steps on the way to what Ready tells.
        "NetworkReady", "KeyReady", "AddressAllotted", "VolumeEncrypted", "RestoreAllowed", "Configured", "InstanceRunning", "AgentConnected", "DatabaseReady", "Replicated", "Maintained",
        "NoNodeTooMany", "VolumeRekeyed", "KeyRotated", "NodeRenewed", "UpdatesApplied", "EndpointPublished", "TokenRemoved", "Serving", "Locked", "Intact",
        // Steps of what was asked for: a deletion, a sealing, a verification.
        "InstanceStopped", "VolumeLocked", "InstanceRemoved", "VolumeRemoved", "KeyDestroyed", "AddressesAllotted", "SpacesReady", "ProbesRunning", "ProbesListening", "Attempted", "Collected",
        "Judged", "ProbesRemoved", "SpaceRemoved",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Conditions of which an organization gets one alert, whichever of its spaces have them: they speak of the organization.</summary>
    internal static IReadOnlySet<string> OfOrganization { get; } = new[] { "EvidenceHolds" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Names that a receiver can ask for.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(k => k.Name)];

    /// <summary>The types of conditions that can raise alerts.</summary>
    public static IReadOnlyList<string> Conditions { get; } = [.. All.SelectMany(k => k.Rules).Select(r => r.Condition).Distinct()];

    /// <summary>One by its name; null if there is none.</summary>
    public static AlertKind? Find(string name) => All.FirstOrDefault(k => k.Name == name);

    /// <summary>What a condition that doesn't hold raises; null for nothing, or not yet.</summary>
    internal static AlertKind? Of(string type, string reason, string? state, TimeSpan lasted) =>
        All.FirstOrDefault(k => k.Rules.Any(r => r.Applies(type, reason, state, lasted)));

    private static AlertKind Of(string name, string severity, string english, string french, params AlertRule[] rules) => new(name, severity, english, french) { Rules = rules };
}
