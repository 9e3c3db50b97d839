using System.Globalization;
using Beffroi.Contracts.Postgres;

namespace Beffroi.Hosts.WebConsole;

/// <summary>What is said of metrics over time.</summary>
internal sealed partial class ConsoleTexts
{
    public string Metrics => Say("Metrics", "Métriques");

    public string MetricsTitle => Say("Metrics of {0}", "Métriques de {0}");

    public string MetricsLead => Say(
        "Kept on the database’s own encrypted volume and nowhere else: sealed with it, destroyed with it. A measurement every ten seconds for a day; of every five minutes the mean, the least and the most for five weeks.",
        "Gardées sur le volume chiffré de la base et nulle part ailleurs : scellées avec lui, détruites avec lui. Une mesure toutes les dix secondes pendant un jour ; pour chaque tranche de cinq minutes, la moyenne, le minimum et le maximum pendant cinq semaines.");

    public string TimeRange => Say("Time shown", "Période affichée");

    public string FromMoment => Say("From (UTC)", "Du (UTC)");

    public string ToMoment => Say("To (UTC)", "Au (UTC)");

    public string ShowTimes => Say("Show", "Afficher");

    public string Earlier => Say("Earlier", "Plus tôt");

    public string Later => Say("Later", "Plus tard");

    public string ZoomOut => Say("Zoom out", "Élargir");

    public string AllMetrics => Say("All metrics", "Toutes les métriques");

    public string NodesShown => Say("Nodes shown", "Nœuds affichés");

    public string PrimaryAndReplicas => Say("Primary, replicas as thin lines", "Primaire, réplicas en traits fins");

    public string Replicas => Say("replicas", "réplicas");

    public string Mean => Say("Mean", "Moyenne");

    public string Least => Say("Least", "Minimum");

    public string Most => Say("Most", "Maximum");

    public string AsNumbers => Say("The same in numbers", "Les mêmes données en chiffres");

    public string NothingMeasured => Say("Nothing was measured in this time.", "Rien n’a été mesuré pendant cette période.");

    public string NoHistory => Say(
        "No node answers now: what was measured is on their volumes, and only they can read it. It is here again when the database runs.",
        "Aucun nœud ne répond : les mesures sont sur leurs volumes, et eux seuls peuvent les lire. Elles reviendront quand la base fonctionnera.");

    public string SilentNodes => Say("Without what these nodes have measured, which don’t answer now:", "Sans les mesures de ces nœuds, qui ne répondent pas :");

    public string ChartHelp => Say(
        "Drag over a picture to look closer. By keyboard: Tab to a picture, arrows to read it, Shift and arrows to choose a time, Enter to look closer, Escape to leave it.",
        "Faites glisser le pointeur sur une courbe pour zoomer. Au clavier : Tab jusqu’à une courbe, flèches pour la lire, Maj et flèches pour choisir une période, Entrée pour zoomer, Échap pour annuler.");

    public string SummaryOf(string series, string least, string mean, string most) => string.Format(
        CultureInfo.InvariantCulture, Say("{0}: least {1}, mean {2}, most {3}.", "{0} : minimum {1}, moyenne {2}, maximum {3}."), series, least, mean, most);

    /// <summary>A number of a series as the language has it.</summary>
    public string Measure(HistoryScale scale, double number)
    {
        var suffix = !_french ? scale.Suffix : scale.Suffix switch
        {
            ['B', .. var rest] => "o" + rest,
            [_, 'i', 'B', .. var rest] => scale.Suffix[..2] + "o" + rest,
            "d" => "j",
            var other => other,
        };
        var text = scale.Number(number);
        return (_french ? text.Replace('.', ',') : text) + (suffix.Length == 0 ? "" : "\u00a0" + suffix);
    }

    public string RangeOf(string range) => range switch
    {
        "1h" => Say("1 hour", "1 heure"),
        "6h" => Say("6 hours", "6 heures"),
        "24h" => Say("24 hours", "24 heures"),
        "7d" => Say("7 days", "7 jours"),
        "30d" => Say("30 days", "30 jours"),
        _ => range,
    };

    /// <summary>A node by its role and the end of its name.</summary>
    public string NodeOf(PostgresHistoryNode node) => ((node.Role switch { "primary" => Primary, "replica" => Replica, _ => "" }) + " " + node.Name[^Math.Min(6, node.Name.Length)..]).TrimStart();

    public string MetricGroupOf(string group) => group switch
    {
        "load" => Say("Load", "Charge"),
        "clients" => Say("Connections and transactions", "Connexions et transactions"),
        "work" => Say("Work of PostgreSQL", "Travail de PostgreSQL"),
        "safety" => Say("Replication and archive", "Réplication et archivage"),
        _ => group,
    };

    public string ChartOf(string chart) => chart switch
    {
        "cpu" => Say("Processors", "Processeurs"),
        "memory" => Say("Memory", "Mémoire"),
        "io" => Say("Disk reads and writes", "Lectures et écritures disque"),
        "storage" => Say("Storage", "Stockage"),
        "transactions" => Say("Transactions", "Transactions"),
        "connections" => Say("Connections", "Connexions"),
        "waits" => Say("Waiting", "Attentes"),
        "oldest-transaction" => Say("Oldest transaction", "Plus vieille transaction"),
        "cache" => Say("Cache hits", "Lectures servies par le cache"),
        "rows" => Say("Rows", "Lignes"),
        "temporary" => Say("Temporary files", "Fichiers temporaires"),
        "dead-rows" => Say("Dead rows", "Lignes mortes"),
        "checkpoints" => Say("Checkpoints", "Points de contrôle"),
        "deadlocks" => Say("Deadlocks", "Interblocages"),
        "wal" => Say("WAL written", "WAL écrit"),
        "replication" => Say("Replication lag", "Retard de réplication"),
        "archive" => Say("Age of the newest archived WAL", "Âge du dernier WAL archivé"),
        _ => chart,
    };

    public string SeriesOf(string series) => series switch
    {
        "cpu" => Say("busy", "occupés"),
        "memory" => Say("in use", "utilisée"),
        "io-read" => Say("read", "lu"),
        "io-write" => Say("written", "écrit"),
        "storage" => Say("volume", "volume"),
        "databases" => Say("databases", "bases"),
        "connections-active" => Say("active", "actives"),
        "connections-idle" => Say("idle", "inactives"),
        "connections-idle-in-transaction" => Say("idle in transaction", "inactives en transaction"),
        "connections-waiting" => Say("connections", "connexions"),
        "locks-waiting" => Say("locks", "verrous"),
        "oldest-transaction" => Say("open", "ouverte"),
        "commits" => Say("committed", "validées"),
        "rollbacks" => Say("rolled back", "annulées"),
        "cache-hits" => Say("from the cache", "depuis le cache"),
        "rows-read" => Say("read", "lues"),
        "rows-changed" => Say("changed", "modifiées"),
        "temporary" => Say("written", "écrit"),
        "deadlocks" => Say("found", "trouvés"),
        "wal" => Say("written", "écrit"),
        "checkpoints" => Say("made", "effectués"),
        "archive-age" => Say("age", "âge"),
        "replication-lag" => Say("lag", "retard"),
        "dead-rows" => Say("dead", "mortes"),
        _ => series,
    };
}
