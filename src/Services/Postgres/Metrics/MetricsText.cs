using System.Globalization;
using System.Text;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Resources;
using Beffroi.Services.Postgres.Reconcile;
using Npgsql;

namespace Beffroi.Services.Postgres.Metrics;

/// <summary>Measurements in Prometheus' text format, version 0.0.4 («Exposition formats»). What an agent says is taken only where the catalogue knows it. Pure.</summary>
internal static class MetricsText
{
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";
    private const string Prefix = "beffroi_postgres_";

    // What is known beside what is measured, all of it as of now. Each: the name, what it is, and of a node its series.
    private static readonly (string Name, string Help, Func<MeasuredNode, IEnumerable<(string Labels, double Value)>> Of)[] Known =
    [
        ("up", "Whether the node serves, as its agent said within the last minute.", node => [("", node.Up ? 1 : 0)]),
        ("primary", "Whether the node is the primary.", node => node.Up ? [("", node.Facts!.Postgres.Role == "primary" ? 1 : 0)] : []),
        ("volume_bytes", "Of the encrypted data volume.", node => node.Seen is { VolumeSizeBytes: > 0 } f ? [(",state=\"used\"", f.VolumeUsedBytes), (",state=\"free\"", f.VolumeSizeBytes - f.VolumeUsedBytes)] : []),
        ("replication_lag_bytes", "What a replica has received and not replayed yet.", node => node.Seen is { Postgres: { Role: "replica" } p } ? [("", p.LagBytes)] : []),
        ("restart_pending", "Whether a setting waits for a restart.", node => node.Seen?.Postgres is { } p ? [("", p.PendingRestart ? 1 : 0)] : []),
        ("archive_failing", "Whether archiving WAL fails.", node => node.Seen?.Postgres?.Archive is { Configured: true } a ? [("", a.Failing ? 1 : 0)] : []),
        ("archive_waiting_bytes", "WAL that waits to be archived.", node => node.Seen?.Postgres?.Archive is { } a ? [("", a.WaitingBytes)] : []),
        ("archive_last_timestamp_seconds", "When WAL was last archived.", node => node.Seen?.Postgres?.Archive is { LastArchivedAt: > 0 and var at } ? [("", at)] : []),
        ("certificate_end_timestamp_seconds", "When the server's certificate ends; it is renewed by itself before.", node => node.Seen?.Postgres is { ServerCertificateNotAfter: > 0 and var at } ? [("", at)] : []),
    ];

    /// <summary>Everything of all of them: a family's series stand together, as the format demands.</summary>
    internal static string Write(IReadOnlyList<MeasuredDatabase> databases)
    {
        var text = new StringBuilder();
        foreach (var (name, help, of) in Known)
        {
            Family(text, name, help, isCounter: false, databases.SelectMany(d => d.Nodes.SelectMany(node => of(node).Select(s => (d.Labels + $",node=\"{node.Name}\"" + s.Labels, s.Value)))));
        }

        foreach (var family in MetricCatalogue.All)
        {
            Family(text, family.Name, family.Help, family.IsCounter, databases.SelectMany(d => d.Nodes.SelectMany(node => Series(family, node).Select(s => (d.Labels + $",node=\"{node.Name}\"" + s.Labels, s.Value)))));
        }

        Family(text, "backup_last_timestamp_seconds", "When the newest backup was finished.", isCounter: false, Backups(databases, backup => backup.LastBackupAt));
        Family(text, "restorable_from_timestamp_seconds", "The oldest moment that a restore can go to.", isCounter: false, Backups(databases, backup => backup.Earliest));
        Family(text, "restorable_to_timestamp_seconds", "The newest moment that a restore can go to.", isCounter: false, Backups(databases, backup => backup.Latest));
        return text.ToString();
    }

    private static IEnumerable<(string Labels, double Value)> Series(MetricFamily family, MeasuredNode node)
    {
        foreach (var (key, value) in family.Series)
        {
            if (node.Seen?.Postgres is { } postgres && postgres.Metrics.TryGetValue(key, out var measured) && double.IsFinite(measured) && measured >= 0)
            {
                yield return (value is null ? "" : $",{family.Label}=\"{value}\"", measured);
            }
        }
    }

    private static IEnumerable<(string Labels, double Value)> Backups(IEnumerable<MeasuredDatabase> databases, Func<PostgresBackupStatus, DateTimeOffset?> when) =>
        databases.Where(d => d.Backup is not null && when(d.Backup) is not null).Select(d => (d.Labels, (double)when(d.Backup!)!.Value.ToUnixTimeSeconds()));

    private static void Family(StringBuilder text, string name, string help, bool isCounter, IEnumerable<(string Labels, double Value)> series)
    {
        var first = true;
        foreach (var (labels, value) in series)
        {
            if (first)
            {
                text.Append("# HELP ").Append(Prefix).Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(Prefix).Append(name).Append(isCounter ? " counter\n" : " gauge\n");
                first = false;
            }

            text.Append(Prefix).Append(name).Append('{').Append(labels).Append("} ").Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        }
    }
}

/// <summary>A database with its nodes. Names are of forms that need no escaping in a label.</summary>
internal sealed record MeasuredDatabase(string Organization, string Space, string Name, PostgresBackupStatus? Backup, IReadOnlyList<MeasuredNode> Nodes)
{
    internal string Labels { get; } = $"organization=\"{Organization}\",space=\"{Space}\",name=\"{Name}\"";

    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    /// <summary>What the agents of its nodes last said.</summary>
    internal static async Task<MeasuredDatabase> MeasureAsync(NpgsqlConnection connection, ResourceRow row, IAgents agents, TimeProvider time, CancellationToken cancellationToken)
    {
        var nodes = new List<MeasuredNode>();
        foreach (var instance in PostgresContext.NotesOf(row).Nodes?.Select(node => node.InstanceId) ?? [])
        {
            var agent = await agents.FindAsync(connection, instance, cancellationToken);
            nodes.Add(new MeasuredNode(PostgresNode.MemberOf(instance), agent?.Facts, agent?.LastSeenAt is { } seen && time.GetUtcNow() - seen < Fresh) { InstanceId = instance });
        }

        return Of(row, nodes);
    }

    internal static MeasuredDatabase Of(ResourceRow row, IReadOnlyList<MeasuredNode> nodes) => new(row.Space.OrganizationName, row.Space.Name, row.Name, PostgresView.Status(row).Backup, nodes);
}

/// <summary>A node as its agent last said.</summary>
/// <param name="Name">Among the nodes.</param>
/// <param name="Facts">What its agent last reported; null before the first report.</param>
/// <param name="IsFresh">Whether that was within the last minute.</param>
internal sealed record MeasuredNode(string Name, Facts? Facts, bool IsFresh)
{
    /// <summary>Whose agent it is.</summary>
    internal Guid InstanceId { get; init; }

    internal bool Up => IsFresh && Facts?.Postgres is { Ready: true };

    /// <summary>What may be shown as of now: nothing that is older than a minute.</summary>
    internal Facts? Seen => IsFresh ? Facts : null;
}
