using Beffroi.Contracts;
using Beffroi.Platform.Usage;
using CsCheck;

namespace Beffroi.Platform.Tests.Usage;

/// <summary>What sums cost, and which price lists can be declared.</summary>
public sealed class UsageSumTests
{
    private static readonly DateOnly Today = new(2026, 12, 1);
    private static readonly PriceList Prices = new(new DateOnly(2026, 1, 1), "EUR", 0.021m, 0.0042m, 0.00014m, 0.00004m, default);

    private static readonly Gen<UsageSum> Sums = Gen.Select(Gen.Int[0, int.MaxValue], Gen.Long[0, 1L << 60], Gen.Long[0, 1L << 60], Gen.Long[0, 1L << 60], Gen.Int[0, 3600], Gen.Int[0, 3600])
        .Select(s => new UsageSum(s.Item1, s.Item2, s.Item3, s.Item4, 0, s.Item1, s.Item5, s.Item6));

    [Fact]
    public void A_cost_is_rounded_once_halves_away_from_zero()
    {
        Assert.Equal(0.02m, Cost(1, 0.015m));
        Assert.Equal(0.01m, Cost(1, 0.0149999999m));
        Assert.Equal(0.01m, Cost(1, 0.005m));
        Assert.Equal(0m, Cost(1, 0.0049999999m));
        // Of a second each, none would come to a cent; of a month of them one does.
        Assert.Equal(0m, Cost(1m / 3600, 0.02m));
        var second = new UsageSum(1, 0, 0, 0, 0, 1, 1, 0);
        Assert.Equal(0.04m, UsageSum.Amounts(Enumerable.Repeat(((PriceList?)(Prices with { CpuHour = 0.05m }), second), 2592), prices: true).Cost);

        static decimal? Cost(decimal hours, decimal price) => UsageSum.Amounts([(Prices with { CpuHour = price }, new UsageSum(hours * 3600, 0, 0, 0, 0, 0, 3600, 0))], prices: true).Cost;
    }

    [Fact]
    public void Ten_databases_for_a_month_come_to_what_one_reckons_by_hand()
    {
        // 2 CPUs, 4 GiB of memory, 50 GiB of storage, 7 GiB of backups; 720 hours.
        const decimal Seconds = 10 * 720 * 3600;
        const decimal GiB = 1L << 30;
        var sum = new UsageSum(2 * Seconds, 4 * GiB * Seconds, 50 * GiB * Seconds, 7 * GiB * Seconds, 0, Seconds, Seconds, 0);
        var amounts = UsageSum.Amounts([(Prices, sum)], prices: true);
        // 302.4 + 120.96 + 50.4 + 2.016.
        Assert.Equal(475.78m, amounts.Cost);
        Assert.Equal((14400m, 28800m, 360000m, 50400m), (amounts.CpuHours, amounts.MemoryGiBHours, amounts.StorageGiBHours, amounts.BackupGiBHours));
    }

    [Fact]
    public void Parts_rounded_for_themselves_differ_from_the_total_by_half_a_cent_each_at_most() => Gen.Select(Sums.Array[1, 20], Gen.Bool.Array[20]).Sample((sums, priced) =>
    {
        var parts = sums.Select((s, i) => (Prices: priced[i] ? Prices : null, Sum: s)).ToList();
        var total = UsageSum.Amounts(parts, prices: true);
        var alone = parts.Select(p => UsageSum.Amounts([p], prices: true)).ToList();
        Assert.Equal(parts.Where(p => p.Prices is null).Sum(p => p.Sum.RunningSeconds + p.Sum.StoppedSeconds) / 3600, total.UnpricedHours, 5);
        if (total.Cost is { } cost)
        {
            Assert.InRange(Math.Abs(cost - alone.Sum(a => a.Cost ?? 0)), 0m, 0.005m * (parts.Count + 1));
        }
        else
        {
            Assert.DoesNotContain(parts, p => p.Prices is not null);
        }
    });

    [Fact]
    public void Without_a_price_list_nothing_has_a_cost_and_of_nothing_the_cost_is_none()
    {
        Assert.Null(UsageSum.Amounts([(null, new UsageSum(1, 1, 1, 1, 1, 1, 1, 0))], prices: false).Cost);
        Assert.Null(UsageSum.Amounts([], prices: false).Cost);
        Assert.Equal(0m, UsageSum.Amounts([], prices: true).Cost);
    }

    [Fact]
    public void A_price_list_is_for_days_to_come_in_one_currency_with_possible_prices()
    {
        var wanted = new PutPriceList(Today.AddDays(1), "EUR", 0.02m, 0.004m, 0.0001m, 0);
        Assert.Empty(PriceTable.Check(wanted, [Prices], Today));
        // Where none holds yet, nothing gets another price by one of today.
        Assert.Empty(PriceTable.Check(wanted with { From = Today }, [], Today));
        Assert.Empty(PriceTable.Check(wanted with { From = Today }, [Prices with { From = Today.AddDays(3) }], Today));
        Wrong("from", wanted with { From = Today }, Prices);
        Wrong("from", wanted with { From = Today.AddDays(-1) });
        Wrong("from", wanted with { From = default });
        Wrong("from", wanted with { From = Today.AddYears(11) });
        Wrong("currency", wanted with { Currency = "CHF" }, Prices);
        Wrong("currency", wanted with { Currency = "eur" });
        Wrong("cpuHour", wanted with { CpuHour = -0.1m });
        Wrong("cpuHour", wanted with { CpuHour = null });
        Wrong("memoryGiBHour", wanted with { MemoryGiBHour = 1_000_001 });
        Wrong("storageGiBHour", wanted with { StorageGiBHour = 0.00000000001m });
        Wrong("backupGiBHour", wanted with { BackupGiBHour = -1 });

        static void Wrong(string field, PutPriceList list, params IReadOnlyList<PriceList> lists) => Assert.Equal(field, Assert.Single(PriceTable.Check(list, lists, Today)).Field);
    }
}
