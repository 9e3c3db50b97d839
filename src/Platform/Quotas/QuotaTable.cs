using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Store;
using Beffroi.Platform.Tenancy;
using Npgsql;

namespace Beffroi.Platform.Quotas;

internal sealed class QuotaTable : IQuotas
{
    private const int MostKinds = 20;

    // The first half of a two-part advisory lock, "bfqu" in ASCII; the second is the organization's hash.
    private const int QuotaLock = 0x6266_7175;

    public async Task<Problem?> AdmitAsync(NpgsqlConnection connection, SpaceRecord space, Guid resourceId, Demand demand, CancellationToken cancellationToken)
    {
        await TakeTurnAsync(connection, space.OrganizationId, cancellationToken);
        var before = await connection.Statement("select cpus, memory_bytes, storage_bytes from platform.demands where resource_id = $1", resourceId)
            .FirstAsync(r => new Demand(demand.Kind, r.GetInt64(0), r.GetInt64(1), r.GetInt64(2)), cancellationToken);
        await connection.Statement("""
            insert into platform.demands (resource_id, organization_id, space_id, kind, cpus, memory_bytes, storage_bytes, nodes, stopped)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (resource_id) do update
                set cpus = excluded.cpus, memory_bytes = excluded.memory_bytes, storage_bytes = excluded.storage_bytes, nodes = excluded.nodes, stopped = excluded.stopped
            """, resourceId, space.OrganizationId, space.Id, demand.Kind, demand.Cpus, demand.MemoryBytes, demand.StorageBytes, demand.Nodes, demand.Stopped).RunAsync(cancellationToken);
        foreach (var (spaceId, of) in new[] { ((Guid?)null, "the organization " + space.OrganizationName), (space.Id, "the space " + space.Name) })
        {
            var (limits, used) = (await LimitsAsync(connection, space.OrganizationId, spaceId, cancellationToken), await UsedAsync(connection, space.OrganizationId, spaceId, cancellationToken));
            var over = new[]
            {
                Over("CPUs", limits.Cpus, used.Cpus, demand.Cpus > (before?.Cpus ?? 0), n => n.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                Over("memory", limits.Memory, used.Memory, demand.MemoryBytes > (before?.MemoryBytes ?? 0), Size),
                Over("storage", limits.Storage, used.Storage, demand.StorageBytes > (before?.StorageBytes ?? 0), Size),
                Over(demand.Kind + " resources", limits.Resources.TryGetValue(demand.Kind, out var most) ? most : null, used.Resources.GetValueOrDefault(demand.Kind), before is null, n => n.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            }.OfType<string>().ToList();
            if (over.Count > 0)
            {
                return Problem.Conflict(
                    "quota-exceeded", "The quota doesn't allow it",
                    $"With this, {of} would have {string.Join(" and ", over)}. Delete or shrink something, or have the quota raised: `beffroi quota show` tells what is used.");
            }
        }

        return null;
    }

    public async Task<(QuotaLimits Limits, QuotaUse Used)> FindAsync(NpgsqlConnection connection, Guid organizationId, Guid? spaceId, CancellationToken cancellationToken)
    {
        var limits = await LimitsAsync(connection, organizationId, spaceId, cancellationToken);
        var used = await UsedAsync(connection, organizationId, spaceId, cancellationToken);
        return (
            new QuotaLimits(limits.Cpus, limits.Memory is { } memory ? Size(memory) : null, limits.Storage is { } storage ? Size(storage) : null, limits.Resources),
            new QuotaUse(used.Cpus, Size(used.Memory), Size(used.Storage), used.Resources));
    }

    public async Task<Problem?> SetAsync(NpgsqlConnection connection, Guid organizationId, Guid? spaceId, QuotaLimits limits, CancellationToken cancellationToken)
    {
        var kinds = limits.Resources ?? new Dictionary<string, long>();
        FieldError?[] errors =
        [
            limits.Cpus is < 0 or > 1_000_000 ? new FieldError("cpus", "This number of CPUs is not possible.", "0 to 1000000") : null,
            Parse(limits.Memory) is null ? new FieldError("memory", "This is not a size.", "e.g. 64GiB") : null,
            Parse(limits.Storage) is null ? new FieldError("storage", "This is not a size.", "e.g. 2TiB") : null,
            kinds.Count > MostKinds || kinds.Any(k => !ResourceName.IsValid(k.Key) || k.Value is < 0 or > 1_000_000)
                ? new FieldError("resources", "These are not numbers of kinds of resources.", $"at most {MostKinds} kinds, such as postgres, with 0 to 1000000 each")
                : null,
        ];
        if (errors.OfType<FieldError>().ToList() is { Count: > 0 } wrong)
        {
            return Problem.Invalid(wrong);
        }

        // An admission under way is counted against what held when it began; the next one sees this.
        await TakeTurnAsync(connection, organizationId, cancellationToken);
        await connection.Statement("""
            insert into platform.quotas (organization_id, space_id, cpus, memory_bytes, storage_bytes, resources)
            values ($1, $2::uuid, $3::bigint, $4::bigint, $5::bigint, $6::text::jsonb)
            on conflict (organization_id, space_id) do update
                set cpus = excluded.cpus, memory_bytes = excluded.memory_bytes, storage_bytes = excluded.storage_bytes, resources = excluded.resources
            """, organizationId, spaceId, limits.Cpus, Bytes(limits.Memory), Bytes(limits.Storage), JsonSerializer.Serialize(kinds)).RunAsync(cancellationToken);
        return null;
    }

    private static Task<int> TakeTurnAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        connection.Statement("select pg_advisory_xact_lock($1, hashtext($2::text))", QuotaLock, organizationId).RunAsync(cancellationToken);

    private static async Task<(long? Cpus, long? Memory, long? Storage, Dictionary<string, long> Resources)> LimitsAsync(
        NpgsqlConnection connection, Guid organizationId, Guid? spaceId, CancellationToken cancellationToken)
    {
        var rows = await connection.Statement("""
            select cpus, memory_bytes, storage_bytes, resources::text from platform.quotas where organization_id = $1 and space_id is not distinct from $2::uuid
            """, organizationId, spaceId).ListAsync(
            r => (r.Nullable<long>(0), r.Nullable<long>(1), r.Nullable<long>(2), JsonSerializer.Deserialize<Dictionary<string, long>>(r.GetString(3))!), cancellationToken);
        return rows.Count > 0 ? rows[0] : (null, null, null, []);
    }

    private static async Task<(long Cpus, long Memory, long Storage, Dictionary<string, long> Resources)> UsedAsync(
        NpgsqlConnection connection, Guid organizationId, Guid? spaceId, CancellationToken cancellationToken)
    {
        var rows = await connection.Statement("""
            select kind, count(*), sum(cpus)::bigint, sum(memory_bytes)::bigint, sum(storage_bytes)::bigint from platform.demands
            where organization_id = $1 and ($2::uuid is null or space_id = $2::uuid) group by kind order by kind
            """, organizationId, spaceId).ListAsync(r => (Kind: r.GetString(0), Count: r.GetInt64(1), Cpus: r.GetInt64(2), Memory: r.GetInt64(3), Storage: r.GetInt64(4)), cancellationToken);
        return (rows.Sum(r => r.Cpus), rows.Sum(r => r.Memory), rows.Sum(r => r.Storage), rows.ToDictionary(r => r.Kind, r => r.Count));
    }

    private static string? Over(string what, long? limit, long used, bool more, Func<long, string> show) =>
        limit is { } most && used > most && more ? $"{show(used)} of {show(most)} {what}" : null;

    private static string Size(long bytes) => new ByteSize(bytes).ToString();

    // 0 for no limit, null for what isn't a size.
    private static long? Parse(string? text) => text is null ? 0 : ByteSize.TryParse(text, out var size) ? size.Bytes : null;

    private static long? Bytes(string? text) => text is null ? null : Parse(text);
}
