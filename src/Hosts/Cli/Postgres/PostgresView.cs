using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.Cli.Output;

namespace Beffroi.Hosts.Cli.Postgres;

/// <summary>A PostgreSQL for a person's eyes.</summary>
internal static class PostgresView
{
    public static void Write(TextWriter writer, Resource<PostgresSpec, PostgresStatus> resource)
    {
        var (spec, status) = (resource.Spec, resource.Status);
        Columns.Pairs(
            writer,
        [
            ("PostgreSQL", $"{resource.Organization}/{resource.Space}/{resource.Name}"),
            ("State", status.State),
            ("Version", status.ServerVersion ?? spec.Version),
            ("Size", spec.Size),
            ("Storage", Storage(spec, status)),
            ("Availability", spec.Availability),
            ("Endpoint", status.Endpoint is { } e ? string.Create(CultureInfo.InvariantCulture, $"{e.Host} ({e.Address}), port {e.Port}, database {e.Database}, role {e.Role}") : null),
            ("Readers", status.Reader is { } r ? string.Create(CultureInfo.InvariantCulture, $"{r.Host} ({r.Address}), port {r.Port}") : null),
            ("Pooler", spec.Pooler is { } pooler
                ? string.Create(CultureInfo.InvariantCulture, $"{pooler.Mode} mode{(status.Endpoint?.PoolerPort is { } port ? $", port {port}" : "")}{(pooler.MaxClients is { } most ? $", {most} clients a process" : "")}") : null),
            ("Protection", spec.DeletionProtection ? "on: it can't be deleted" : "off"),
            ("Backups", status.Backup is { } backup ? $"restorable from {backup.Earliest?.ToString("u", CultureInfo.InvariantCulture) ?? "-"} to {backup.Latest?.ToString("u", CultureInfo.InvariantCulture) ?? "-"}" : null),
            ("Parameters", spec.Parameters is { Count: > 0 } set ? string.Join(", ", set.Select(p => p.Key + "=" + p.Value)) : null),
            ("Waiting", status.PendingRestart is { Count: > 0 } waiting ? "for a restart: " + string.Join(", ", waiting) : null),
            ("Extensions", status.Extensions is { Count: > 0 } installed ? string.Join(", ", installed.Select(e => e.Name + " " + e.Version + (e.Database is { } database ? " in " + database : ""))) : null),
            ("Allowed from", spec.AllowedNetworks is { Count: > 0 } networks ? string.Join(", ", networks) : null),
            .. (spec.ClientAuthorities ?? []).Select(pem => ("Authority", CustomerAuthority.Parse(pem) is { } authority ? Described(authority) : null)),
            ("Maintenance", spec.MaintenanceWindow?.ToString()),
            ("Alerts", spec.Alerts is { Count: > 0 } alerts ? string.Join(", ", alerts) : null),
            ("Databases", spec.Databases is { Count: > 0 } databases ? string.Join(", ", databases.Select(d => $"{d.Name} (of {d.Owner})")) : null),
            ("Roles", spec.Roles is { Count: > 0 } roles ? string.Join(", ", roles.Select(r => r.Name)) : null),
            ("Retired", status.RetiredRoles is { Count: > 0 } retired ? string.Join(", ", retired) : null),
            ("Labels", resource.Labels.Count == 0 ? null : string.Join(", ", resource.Labels.Select(l => l.Key + "=" + l.Value))),
            ("Image", status.Image is { } image ? $"{image.Name} {image.Digest[..Math.Min(12, image.Digest.Length)]}" : null),
            ("Agent seen", status.AgentLastSeenAt?.ToString("u", CultureInfo.InvariantCulture)),
            ("Created", resource.CreatedAt.ToString("u", CultureInfo.InvariantCulture)),
            ("Operation", resource.Operation?.ToString()),
        ]);
        if (status.Nodes is { Count: > 1 } nodes)
        {
            writer.WriteLine();
            Columns.Write(writer, styled: false, ["NODE", "ADDRESS", "ROLE", "STATE"], nodes.Select(n => new string?[] { n.Name, n.Address, n.Role, n.State }));
        }

        if (status.Conditions.Count > 0)
        {
            writer.WriteLine();
            Columns.Write(writer, styled: false, ["CONDITION", "HOLDS", "MESSAGE"], status.Conditions.Select(c =>
                new string?[] { c.Type, c.Holds switch { true => "yes", false => "no", null => "unknown" }, c.Message is "" ? c.Reason : c.Message }));
        }
    }

    private static string Described(CustomerAuthority authority) =>
        string.Create(CultureInfo.InvariantCulture, $"{authority.Subject}, until {authority.NotAfter:yyyy-MM-dd}, SHA-256 {authority.Sha256}");

    private static string Storage(PostgresSpec spec, PostgresStatus status) =>
        status is { VolumeUsedBytes: { } used, VolumeSizeBytes: > 0 and var size }
            ? string.Create(CultureInfo.InvariantCulture, $"{spec.Storage}, {used >> 20} MiB used ({100 * used / size} %)")
            : spec.Storage;
}
