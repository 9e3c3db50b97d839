using System.Text.Json;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Capacity;

/// <summary>The hosts in the store. Each method works on the caller's connection and decides nothing.</summary>
internal static class HostTable
{
    /// <summary>Keeps what a host has just said, and forgets those of the zone that have said nothing for thirty days.</summary>
    public static async Task HeardAsync(NpgsqlConnection connection, string zone, HostReport report, CancellationToken cancellationToken)
    {
        await connection.Statement("""
            insert into platform.hosts (zone, name, heard_at, report) values ($1, $2, now(), $3)
            on conflict (zone, name) do update set heard_at = excluded.heard_at, report = excluded.report
            """, zone, report.Facts.Name, JsonSerializer.Serialize(report, CapacityJson.Default.HostReport)).RunAsync(cancellationToken);
        await connection.Statement("delete from platform.hosts where zone = $1 and heard_at < now() - interval '30 days'", zone).RunAsync(cancellationToken);
    }

    /// <summary>A zone's hosts with when each was heard and whether that is long ago, by the store's clock.</summary>
    public static async Task<IReadOnlyList<(HostReport Report, DateTimeOffset HeardAt, bool Silent)>> ListAsync(
        NpgsqlConnection connection, string zone, TimeSpan patience, CancellationToken cancellationToken) =>
        await connection.Statement("select report, heard_at, heard_at < now() - $2::interval from platform.hosts where zone = $1 order by name limit 200", zone, patience).ListAsync(
            r => (JsonSerializer.Deserialize(r.GetString(0), CapacityJson.Default.HostReport)!, r.GetFieldValue<DateTimeOffset>(1), r.GetBoolean(2)), cancellationToken);
}
