using System.Globalization;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Postgres;
using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Kernel;

namespace Beffroi.Hosts.WebConsole.Pages;

/// <summary>What a PostgreSQL would take, new or changed, and what would be left of the quotas. An account of what the API says; whether there is enough, it decides itself.</summary>
/// <param name="Nodes">How many.</param>
/// <param name="Takes">Of each, in words; "–" for what can't be told from what is filled in.</param>
/// <param name="Lines">Of each limit that there is.</param>
/// <param name="Seen">Whether this person may see any quota.</param>
/// <param name="Prices">The price list that holds; null for none.</param>
/// <param name="PerMonth">What it costs in a month of <see cref="MonthHours"/> hours while it runs, without backups; null where it can't be told.</param>
/// <param name="PerMonthNow">The same of what it is now; null where nothing is there yet.</param>
internal sealed record DatabasePlan(
    int Nodes, IReadOnlyList<(string What, string Amount)> Takes, IReadOnlyList<DatabasePlan.Line> Lines, bool Seen, PriceList? Prices, decimal? PerMonth, decimal? PerMonthNow)
{
    /// <summary>Of a month that is a twelfth of a year, as prices are compared by.</summary>
    public const int MonthHours = 730;

    private const string Unknown = "–";
    private const decimal GiB = 1L << 30;

    private static readonly JsonSerializerOptions Indented = new(WireJson.Default.Options) { WriteIndented = true };

    /// <summary>By what the API has of quotas and prices.</summary>
    /// <param name="visit">Whose.</param>
    /// <param name="space">The space's name.</param>
    /// <param name="spec">What it shall be.</param>
    /// <param name="before">What it is; null for a new one.</param>
    public static async Task<DatabasePlan> ReadAsync(Visit visit, string space, PostgresSpec spec, PostgresSpec? before = null) => Of(
        spec, before, await QuotaAsync(visit, visit.Space(space)), await QuotaAsync(visit, visit.Root), (await visit.Api.GetAsync("/v1/price-list", WireJson.Default.PriceLists)).Current);

    /// <summary>What is sent to the API for it.</summary>
    public static string Request(string path, string precondition, PutResource<PostgresSpec> put) =>
        $"PUT {path}\n{precondition}\nContent-Type: application/json\n\n" + JsonSerializer.Serialize(put, Indented.GetTypeInfo(typeof(PutResource<PostgresSpec>)));

    private static DatabasePlan Of(PostgresSpec spec, PostgresSpec? before, Quota? space, Quota? organization, PriceList? prices)
    {
        var ((nodes, cpus, memory, storage), had) = (Amounts(spec), before is null ? (0, 0, 0, 0) : Amounts(before));
        IEnumerable<Line> lines = new[] { (OfSpace: true, Quota: space), (OfSpace: false, Quota: organization) }.Where(q => q.Quota is not null).SelectMany(q => (IEnumerable<Line?>)
        [
            Line.Of(q.OfSpace, "cpus", q.Quota!.Limits.Cpus, q.Quota.Used.Cpus, cpus - had.Cpus, Number),
            Line.Of(q.OfSpace, "memory", Bytes(q.Quota.Limits.Memory), Bytes(q.Quota.Used.Memory) ?? 0, memory - had.Memory, Size),
            Line.Of(q.OfSpace, "storage", Bytes(q.Quota.Limits.Storage), Bytes(q.Quota.Used.Storage) ?? 0, storage - had.Storage, Size),
            Line.Of(q.OfSpace, "resources", q.Quota.Limits.Resources?.TryGetValue("postgres", out var most) == true ? most : null, q.Quota.Used.Resources.GetValueOrDefault("postgres"), before is null ? 1 : 0, Number),
        ]).OfType<Line>();
        return new(
            nodes, [("cpus", Number(cpus)), ("memory", Size(memory)), ("storage", Size(storage))], [.. lines], space is not null || organization is not null, prices,
            Cost(prices, cpus, memory, storage), before is null ? null : Cost(prices, had.Cpus, had.Memory, had.Storage));
    }

    /// <summary>Null for what can't be told.</summary>
    private static (int Nodes, long? Cpus, long? Memory, long? Storage) Amounts(PostgresSpec spec)
    {
        var nodes = spec.Availability == "single" ? 1 : 3;
        var size = PostgresSizes.All.FirstOrDefault(s => s.Name == spec.Size);
        // What is typed may be absurd; the API says so when it is sent.
        return (
            nodes, size?.Cpus * nodes, size is null ? null : ByteSize.GiB(size.MemoryGiB).Bytes * nodes,
            ByteSize.TryParse(spec.Storage, out var bytes) && bytes.Bytes <= long.MaxValue / 8 ? bytes.Bytes * nodes : null);
    }

    /// <summary>Null where this person may not see it.</summary>
    private static async Task<Quota?> QuotaAsync(Visit visit, string of)
    {
        try
        {
            return await visit.Api.GetAsync(of + "/quota", WireJson.Default.Quota);
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status is 403 or 404)
        {
            return null;
        }
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
    /// <param name="Left">With the database so; empty where it takes more than is left.</param>
    public sealed record Line(bool OfSpace, string What, string Limit, string Used, string Left)
    {
        // Who takes no more than before is admitted even where a limit was lowered meanwhile.
        public static Line? Of(bool ofSpace, string what, long? limit, long used, long? more, Func<long?, string> show) => limit is not { } most ? null
            : new(ofSpace, what, show(most), show(used), more > 0 && more > most - used ? "" : show(more is { } sum ? Math.Max(0, most - used - sum) : null));
    }
}
