using Beffroi.Contracts;
using Beffroi.Contracts.Agents;
using Beffroi.Platform.Agents;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Capacity;

/// <summary>What a zone has and what is used of it, out of the store: sums over all organizations and nothing of any one.</summary>
internal static class CapacityTable
{
    /// <summary>All of it, on the caller's connection.</summary>
    /// <param name="connection">Opened.</param>
    /// <param name="zone">Its name.</param>
    /// <param name="mostSpaces">How many networks its range has room for.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<ZoneCapacity> ReadAsync(NpgsqlConnection connection, string zone, int mostSpaces, CancellationToken cancellationToken)
    {
        var hosts = await HostTable.ListAsync(connection, zone, HostWatch.Patience, cancellationToken);
        var demands = await connection.Statement("""
            select d.kind, count(*), sum(d.cpus)::bigint, sum(d.memory_bytes)::bigint, sum(d.storage_bytes)::bigint
            from platform.demands d join platform.spaces s on s.id = d.space_id where s.zone = $1 group by d.kind order by d.kind
            """, zone).ListAsync(r => (Kind: r.GetString(0), Count: r.GetInt64(1), Cpus: r.GetInt64(2), Memory: r.GetInt64(3), Storage: r.GetInt64(4)), cancellationToken);
        // A name that isn't a resource's is the platform's own organization, which has no quota.
        var (organizations, promised) = (await connection.Statement("""
            select count(*)::int, case when count(q.cpus) = count(*) then sum(q.cpus)::bigint end, case when count(q.memory_bytes) = count(*) then sum(q.memory_bytes)::bigint end,
                   case when count(q.storage_bytes) = count(*) then sum(q.storage_bytes)::bigint end
            from platform.organizations o left join platform.quotas q on q.organization_id = o.id and q.space_id is null where o.name ~ '^[a-z]'
            """).ListAsync(r => (r.GetInt32(0), new PromisedCapacity(r.Nullable<long>(1), r.Nullable<long>(2), r.Nullable<long>(3))), cancellationToken))[0];
        var spaces = (await connection.Statement("select count(*)::int from platform.spaces where zone = $1", zone).ListAsync(r => r.GetInt32(0), cancellationToken))[0];
        return new ZoneCapacity(
            zone,
            [.. hosts.Select(Host)],
            new AllocatedCapacity(demands.Sum(d => d.Cpus), demands.Sum(d => d.Memory), demands.Sum(d => d.Storage), demands.ToDictionary(d => d.Kind, d => d.Count)),
            promised,
            organizations,
            spaces,
            mostSpaces,
            await AgentsAsync(connection, zone, cancellationToken));
    }

    /// <summary>The images that are there, the current ones first; without what their bills of materials say.</summary>
    public static async Task<IReadOnlyList<ZoneImage>> ImagesAsync(NpgsqlConnection connection, string zone, CancellationToken cancellationToken)
    {
        var reports = (await HostTable.ListAsync(connection, zone, HostWatch.Patience, cancellationToken)).Select(h => h.Report).ToList();
        var current = reports.SelectMany(r => r.Images).DistinctBy(i => i.Value).ToDictionary(i => i.Value, i => i.Key, StringComparer.Ordinal);
        var used = reports.SelectMany(r => r.InstancesByImage).GroupBy(i => i.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Sum(i => i.Value), StringComparer.Ordinal);
        return
        [
            .. current.Keys.Union(used.Keys).Order(StringComparer.Ordinal).OrderByDescending(current.ContainsKey)
                .Select(digest => new ZoneImage(current.GetValueOrDefault(digest), digest, current.ContainsKey(digest), used.GetValueOrDefault(digest))),
        ];
    }

    private static ZoneHost Host((HostReport Report, DateTimeOffset HeardAt, bool Silent) host)
    {
        var (report, facts) = (host.Report, host.Report.Facts);
        return new ZoneHost(
            facts.Name, host.Silent ? "silent" : "answering", host.HeardAt, facts.StartedAt, facts.Cpus, facts.Load, facts.MemoryBytes, report.AvailableMemoryBytes, facts.StorageBytes,
            facts.StorageAvailableBytes, report.Instances, report.InstancesRunning, report.Volumes, new HostVersions(facts.System, facts.Kernel, facts.Incus, facts.Program));
    }

    private static async Task<ZoneAgents> AgentsAsync(NpgsqlConnection connection, string zone, CancellationToken cancellationToken)
    {
        var agents = await connection.Statement("""
            select a.facts, a.last_seen_at < now() - $2::interval from platform.agents a join platform.spaces s on s.id = a.space_id where s.zone = $1 and a.last_seen_at is not null
            """, zone, AgentRecord.SilenceLimit).ListAsync(
            r => (Version: r.Bytes(0) is { } facts ? Facts.Parser.ParseFrom(facts).AgentVersion : "", Silent: r.GetBoolean(1)), cancellationToken);
        return new ZoneAgents(
            agents.Count, agents.Count(a => a.Silent),
            agents.Where(a => a.Version.Length > 0).GroupBy(a => a.Version, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal));
    }
}
