using System.Globalization;
using Beffroi.Contracts.Agents;
using Beffroi.Contracts.Postgres;
using Beffroi.Kernel;

namespace Beffroi.Services.Postgres.Metrics;

/// <summary>Which bounds a spec may set to metrics. Every fault is named, not only the first.</summary>
internal static class AlertRules
{
    /// <summary>The most bounds of one PostgreSQL.</summary>
    internal const int Most = 20;

    private const int Longest = 60;

    /// <summary>Every error.</summary>
    internal static IEnumerable<FieldError> Check(IReadOnlyList<PostgresAlertSpec?> alerts)
    {
        if (alerts.Count > Most)
        {
            yield return new FieldError("spec.alerts", "There are too many of them.", string.Create(CultureInfo.InvariantCulture, $"at most {Most}"));
            yield break;
        }

        foreach (var (index, alert) in alerts.Index())
        {
            var field = string.Create(CultureInfo.InvariantCulture, $"spec.alerts[{index}]");
            if (alert?.Metric is null || !HistoryCatalogue.ByName.ContainsKey(alert.Metric))
            {
                yield return new FieldError(field + ".metric", "There is no such metric.", string.Join(", ", HistoryCatalogue.All.Select(series => series.Name)));
            }
            else if ((alert.Above is null) == (alert.Below is null))
            {
                yield return new FieldError(field, "It needs one bound.", "above or below");
            }
            else if (!double.IsFinite(alert.Above ?? alert.Below!.Value) || (alert.Above ?? alert.Below) is < 0 or > 1e15)
            {
                yield return new FieldError(field + (alert.Above is null ? ".below" : ".above"), "This bound is out of range.", "0 to 1e15, in the metric's own unit");
            }
            else if (alert.ForMinutes is < 1 or > Longest)
            {
                yield return new FieldError(field + ".forMinutes", "This time is out of range.", string.Create(CultureInfo.InvariantCulture, $"1 to {Longest}"));
            }
        }
    }

    /// <summary>Valid ones in the one form in which they are kept: in order and each once; null for none.</summary>
    internal static IReadOnlyList<PostgresAlertSpec>? Normal(IReadOnlyList<PostgresAlertSpec>? alerts) =>
        alerts is { Count: > 0 } ? [.. alerts.Distinct().OrderBy(alert => alert.ToString(), StringComparer.Ordinal)] : null;

    /// <summary>As the agents have it.</summary>
    internal static PostgresConfiguration.Types.Threshold ToMessage(PostgresAlertSpec alert) => new()
    {
        Series = alert.Metric,
        Below = alert.Above is null,
        Bound = alert.Above ?? alert.Below ?? 0,
        Minutes = alert.ForMinutes,
    };
}
