using Beffroi.Contracts;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Usage;

/// <summary>What was taken, as it is told, with its cost. Each method reads on the caller's connection.</summary>
internal static class UsageQueries
{
    /// <summary>The most parts of a report.</summary>
    public const int MostParts = 5000;

    /// <summary>By what a report can be divided.</summary>
    public static IReadOnlyList<string> Divisions { get; } = ["total", "space", "resource", "day", "hour"];

    /// <summary>An organization's, or a space's; null if it has more than <see cref="MostParts"/> parts.</summary>
    public static async Task<UsageReport?> ReportAsync(
        NpgsqlConnection connection, (Guid Id, string Name) organization, (Guid Id, string Name)? space, DateTimeOffset since, DateTimeOffset until, string by, CancellationToken cancellationToken)
    {
        var lists = await PriceTable.ListAsync(connection, cancellationToken);
        var rows = await connection.Statement(
            """
            select max(u.space) filter (where $6 in ('space', 'resource')), max(u.kind) filter (where $6 = 'resource'), max(u.name) filter (where $6 = 'resource'),
                   case when $6 = 'resource' then u.resource_id end, case when $6 in ('day', 'hour') then date_trunc($6, u.hour, 'UTC') end, width_bucket(u.hour, $5),
                   coalesce(sum(u.cpu_seconds), 0), coalesce(sum(u.memory_byte_seconds), 0), coalesce(sum(u.storage_byte_seconds), 0), coalesce(sum(u.backup_byte_seconds), 0),
                   coalesce(sum(u.running_seconds + u.stopped_seconds) filter (where u.backup_byte_seconds is null), 0)::numeric, coalesce(sum(u.node_seconds), 0),
                   sum(u.running_seconds)::numeric, sum(u.stopped_seconds)::numeric
            from platform.usage_hours u
            where u.organization_id = $1 and ($2::uuid is null or u.space_id = $2::uuid) and u.hour >= $3 and u.hour < $4
            group by case when $6 in ('space', 'resource') then u.space_id end, 4, 5, 6
            limit 20001
            """, organization.Id, space?.Id, since, until, Starts(lists), by).ListAsync(
            r => (
                Part: (
                    Space: r.IsDBNull(0) ? null : r.GetString(0), Kind: r.IsDBNull(1) ? null : r.GetString(1), Name: r.IsDBNull(2) ? null : r.GetString(2), Id: r.Nullable<Guid>(3),
                    From: r.Nullable<DateTimeOffset>(4)),
                Sum: (Held(lists, r.GetInt32(5)), Sum(r, 6))),
            cancellationToken);
        // Of one resource or day in turn under two price lists, two rows.
        var parts = rows.GroupBy(r => r.Part).OrderBy(p => p.Key.From).ThenBy(p => p.Key.Space, StringComparer.Ordinal).ThenBy(p => p.Key.Kind, StringComparer.Ordinal)
            .ThenBy(p => p.Key.Name, StringComparer.Ordinal).ThenBy(p => p.Key.Id).ToList();
        if (parts.Count > MostParts || rows.Count > 20_000)
        {
            return null;
        }

        var (from, recorded) = await UsageTable.ProgressAsync(connection, cancellationToken);
        return new UsageReport(
            organization.Name, space?.Name, since, until, from, recorded, lists is [var first, ..] ? first.Currency : null, UsageSum.Amounts(rows.Select(r => r.Sum), lists.Count > 0), by,
            [.. parts.Where(_ => by != "total").Select(p => new UsagePart(p.Key.Space, p.Key.Kind, p.Key.Name, p.Key.Id, p.Key.From, UsageSum.Amounts(p.Select(r => r.Sum), lists.Count > 0)))]);
    }

    /// <summary>What each organization took in a month: sums, with no name but the organization's.</summary>
    public static async Task<MonthlyUsage> MonthAsync(NpgsqlConnection connection, DateOnly month, CancellationToken cancellationToken)
    {
        var lists = await PriceTable.ListAsync(connection, cancellationToken);
        var rows = await connection.Statement(
            """
            select o.name, u.* from (
                select u.organization_id, width_bucket(u.hour, $3),
                       sum(u.cpu_seconds), sum(u.memory_byte_seconds), sum(u.storage_byte_seconds), coalesce(sum(u.backup_byte_seconds), 0),
                       coalesce(sum(u.running_seconds + u.stopped_seconds) filter (where u.backup_byte_seconds is null), 0)::numeric, sum(u.node_seconds),
                       sum(u.running_seconds)::numeric, sum(u.stopped_seconds)::numeric
                from platform.usage_hours u where u.hour >= $1 and u.hour < $2 group by 1, 2) u
            join platform.organizations o on o.id = u.organization_id
            """, Midnight(month), Midnight(month.AddMonths(1)), Starts(lists)).ListAsync(r => (Name: r.GetString(0), Sum: (Held(lists, r.GetInt32(2)), Sum(r, 3))), cancellationToken);
        var (from, recorded) = await UsageTable.ProgressAsync(connection, cancellationToken);
        return new MonthlyUsage(
            month, from, recorded, lists is [var first, ..] ? first.Currency : null,
            [.. rows.GroupBy(r => r.Name).OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => Show(o.Key, UsageSum.Amounts(o.Select(r => r.Sum), lists.Count > 0)))]);
    }

    /// <summary>The first moment of a day.</summary>
    public static DateTimeOffset Midnight(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    private static OrganizationUsage Show(string name, UsageAmounts a) =>
        new(name, a.CpuHours, a.MemoryGiBHours, a.StorageGiBHours, a.BackupGiBHours, a.BackupUnknownHours, a.Cost, a.UnpricedHours);

    // width_bucket counts how many of them are not later.
    private static DateTimeOffset[] Starts(IReadOnlyList<PriceList> lists) => [.. lists.Select(l => Midnight(l.From))];

    private static PriceList? Held(IReadOnlyList<PriceList> lists, int bucket) => bucket == 0 ? null : lists[bucket - 1];

    private static UsageSum Sum(NpgsqlDataReader r, int at) => new(
        r.GetDecimal(at), r.GetDecimal(at + 1), r.GetDecimal(at + 2), r.GetDecimal(at + 3), r.GetDecimal(at + 4), r.GetDecimal(at + 5), r.GetDecimal(at + 6), r.GetDecimal(at + 7));
}
