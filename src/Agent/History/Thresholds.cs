using Beffroi.Contracts.Agents;
using Threshold = Beffroi.Contracts.Agents.PostgresConfiguration.Types.Threshold;

namespace Beffroi.Agent.History;

/// <summary>Which of a customer's bounds are crossed: those beyond which the mean of the last minutes is. Where less than half of these was measured nothing is said.</summary>
internal static class Thresholds
{
    internal static IReadOnlyList<Threshold> Crossed(MetricHistory history, IReadOnlyList<Threshold> thresholds, DateTimeOffset now)
    {
        if (thresholds.Count == 0)
        {
            return [];
        }

        var end = now.ToUnixTimeSeconds() + 1;
        var slots = thresholds.Select(t => HistoryCatalogue.ByName.TryGetValue(t.Series, out var series) ? series.Slot : -1).ToArray();
        var (sums, counts) = (new double[slots.Length], new int[slots.Length]);
        history.ReadFine(end - (60L * thresholds.Max(t => t.Minutes)), end, (time, numbers) =>
        {
            for (var i = 0; i < slots.Length; i++)
            {
                if (slots[i] >= 0 && time > end - (60L * thresholds[i].Minutes) && float.IsFinite(numbers[slots[i]]))
                {
                    sums[i] += numbers[slots[i]];
                    counts[i]++;
                }
            }
        });
        return [.. thresholds.Where((t, i) => counts[i] > 0 && 2 * counts[i] * HistoryCatalogue.FineStep >= 60 * t.Minutes && (t.Below ? sums[i] / counts[i] < t.Bound : sums[i] / counts[i] > t.Bound))];
    }
}
