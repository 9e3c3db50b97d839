using System.Diagnostics.Metrics;

namespace Beffroi.Reconciling;

/// <summary>What workers measure: the meter <c>Beffroi.Reconciling</c>. Safe for concurrent use.</summary>
internal sealed class ReconcilingMetrics(IMeterFactory meters)
{
    internal const string Meter = "Beffroi.Reconciling";
    internal const string Settled = "settled";
    internal const string Waiting = "waiting";
    internal const string Finished = "finished";
    internal const string Failed = "failed";
    internal const string Lost = "lost";
    internal const string GivenUp = "given-up";

    private readonly Counter<long> _taken = meters.Create(Meter).CreateCounter<long>(
        "beffroi.reconciling.taken", "{lease}", "Leases taken.");

    private readonly Histogram<double> _seconds = meters.Create(Meter).CreateHistogram<double>(
        "beffroi.reconciling.duration", "s", "How long one run of a reconciler took, by how it ended.");

    internal void Took(string kind) => _taken.Add(1, new KeyValuePair<string, object?>("kind", kind));

    internal void Ended(string kind, string outcome, TimeSpan after) =>
        _seconds.Record(after.TotalSeconds, new("kind", kind), new("outcome", outcome));
}
