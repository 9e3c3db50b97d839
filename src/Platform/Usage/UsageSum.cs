using Beffroi.Contracts;

namespace Beffroi.Platform.Usage;

/// <summary>Sums of <see cref="HourUsage"/>, exact: whole numbers.</summary>
internal sealed record UsageSum(
    decimal CpuSeconds, decimal MemoryByteSeconds, decimal StorageByteSeconds, decimal BackupByteSeconds, decimal BackupUnknownSeconds, decimal NodeSeconds, decimal RunningSeconds, decimal StoppedSeconds)
{
    private const decimal Hour = 3600, GiB = 1L << 30;
    private const int HourDecimals = 6, CostDecimals = 2;

    /// <summary>Nothing.</summary>
    public static UsageSum None { get; } = new(0, 0, 0, 0, 0, 0, 0, 0);

    public static UsageSum operator +(UsageSum a, UsageSum b) => new(
        a.CpuSeconds + b.CpuSeconds, a.MemoryByteSeconds + b.MemoryByteSeconds, a.StorageByteSeconds + b.StorageByteSeconds, a.BackupByteSeconds + b.BackupByteSeconds,
        a.BackupUnknownSeconds + b.BackupUnknownSeconds, a.NodeSeconds + b.NodeSeconds, a.RunningSeconds + b.RunningSeconds, a.StoppedSeconds + b.StoppedSeconds);

    /// <summary>What it costs by a price list: with the 28 digits of a decimal, not rounded to money.</summary>
    public decimal CostBy(PriceList prices) =>
        (prices.CpuHour * (CpuSeconds / Hour)) + (prices.MemoryGiBHour * (MemoryByteSeconds / GiB / Hour))
        + (prices.StorageGiBHour * (StorageByteSeconds / GiB / Hour)) + (prices.BackupGiBHour * (BackupByteSeconds / GiB / Hour));

    /// <summary>What is told of sums, each with the price list that held; null for none. Rounded once, at the end.</summary>
    /// <param name="parts">Of one row.</param>
    /// <param name="prices">Whether there is any price list: of nothing, the cost is then 0.</param>
    public static UsageAmounts Amounts(IEnumerable<(PriceList? Prices, UsageSum Sum)> parts, bool prices)
    {
        var (all, unpriced, cost, priced) = (None, 0m, 0m, false);
        foreach (var (list, sum) in parts)
        {
            all += sum;
            priced |= list is not null;
            cost += list is null ? 0 : sum.CostBy(list);
            unpriced += list is null ? sum.RunningSeconds + sum.StoppedSeconds : 0;
        }

        return new UsageAmounts(
            Hours(all.CpuSeconds), Hours(all.MemoryByteSeconds / GiB), Hours(all.StorageByteSeconds / GiB), Hours(all.BackupByteSeconds / GiB), Hours(all.BackupUnknownSeconds),
            Hours(all.NodeSeconds), Hours(all.RunningSeconds), Hours(all.StoppedSeconds),
            priced || (prices && unpriced == 0) ? decimal.Round(cost, CostDecimals, MidpointRounding.AwayFromZero) : null, Hours(unpriced));
    }

    private static decimal Hours(decimal seconds) => Plain(decimal.Round(seconds / Hour, HourDecimals, MidpointRounding.AwayFromZero));

    // 744, not 744.000000.
    private static decimal Plain(decimal number) => number / 1.000000000000000000000000000m;
}
