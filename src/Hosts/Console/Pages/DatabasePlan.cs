using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>What a new PostgreSQL would take, and what would be left of the quotas. An account of what the API says; whether there is enough, it decides itself.</summary>
/// <param name="Nodes">How many.</param>
/// <param name="Takes">Of each, in words; "–" for what can't be told from what is filled in.</param>
/// <param name="Lines">Of each limit that there is.</param>
/// <param name="Seen">Whether this person may see any quota.</param>
/// <param name="Prices">The price list that holds; null for none.</param>
/// <param name="PerMonth">What it costs in a month of <see cref="MonthHours"/> hours while it runs, without backups; null where it can't be told.</param>
internal sealed record DatabasePlan(
    int Nodes, IReadOnlyList<(string What, string Amount)> Takes, IReadOnlyList<DatabasePlan.Line> Lines, bool Seen, PriceList? Prices, decimal? PerMonth)
{
    /// <summary>Of a month that is a twelfth of a year, as prices are compared by.</summary>
    public const int MonthHours = 730;


    private const string Unknown = "–";
    private const decimal GiB = 1L << 30;

    public static DatabasePlan Of(PostgresSpec spec, Quota? space, Quota? organization, PriceList? prices)
    {
        var nodes = spec.Availability == "single" ? 1 : 3;
        var size = PostgresSizes.All.FirstOrDefault(s => s.Name == spec.Size);
        long? cpus = size?.Cpus * nodes;
        long? memory = size is null ? null : ByteSize.GiB(size.MemoryGiB).Bytes * nodes;
        // What is typed may be absurd; the API says so when it is sent.
        long? storage = ByteSize.TryParse(spec.Storage, out var bytes) && bytes.Bytes <= long.MaxValue / 8 ? bytes.Bytes * nodes : null;
        IEnumerable<Line> lines = new[] { (OfSpace: true, Quota: space), (OfSpace: false, Quota: organization) }.Where(q => q.Quota is not null).SelectMany(q => (IEnumerable<Line?>)
        [
            Line.Of(q.OfSpace, "cpus", q.Quota!.Limits.Cpus, q.Quota.Used.Cpus, cpus, Number),
            Line.Of(q.OfSpace, "memory", Bytes(q.Quota.Limits.Memory), Bytes(q.Quota.Used.Memory) ?? 0, memory, Size),
            Line.Of(q.OfSpace, "storage", Bytes(q.Quota.Limits.Storage), Bytes(q.Quota.Used.Storage) ?? 0, storage, Size),
            Line.Of(q.OfSpace, "resources", q.Quota.Limits.Resources?.TryGetValue("postgres", out var most) == true ? most : null, q.Quota.Used.Resources.GetValueOrDefault("postgres"), 1, Number),
        ]).OfType<Line>();
        return new(nodes, [("cpus", Number(cpus)), ("memory", Size(memory)), ("storage", Size(storage))], [.. lines], space is not null || organization is not null, prices, Cost(prices, cpus, memory, storage));
    }

    private static decimal? Cost(PriceList? prices, long? cpus, long? memory, long? storage) => prices is null || cpus is null || memory is null || storage is null ? null
        : decimal.Round(MonthHours * ((prices.CpuHour * cpus.Value) + (prices.MemoryGiBHour * memory.Value / GiB) + (prices.StorageGiBHour * storage.Value / GiB)), 2, MidpointRounding.AwayFromZero);

    private static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? Unknown;

    private static string Size(long? bytes) => bytes is not { } size ? Unknown : size == 0 ? "0" : new ByteSize(size).ToString();

    // A quantity of none has no suffix.
    private static long? Bytes(string? text) => text is null ? null : ByteSize.TryParse(text, out var size) ? size.Bytes : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var plain) ? plain : null;

    /// <summary>One limit.</summary>
    /// <param name="OfSpace">Whose: the space's, or the organization's.</param>
    /// <param name="What"><c>cpus</c>, <c>memory</c>, <c>storage</c> or <c>resources</c>.</param>
    /// <param name="Limit">At most.</param>
    /// <param name="Used">Now.</param>
    /// <param name="Left">With the new database; empty where it is more than is left.</param>
    public sealed record Line(bool OfSpace, string What, string Limit, string Used, string Left)
    {
        public static Line? Of(bool ofSpace, string what, long? limit, long used, long? takes, Func<long?, string> show) =>
            limit is { } most ? new(ofSpace, what, show(most), show(used), takes > most - used ? "" : show(most - used - takes)) : null;
    }
}
