using Beffroi.Contracts.Agents;

namespace Beffroi.Agent;

/// <summary>What the agent's loops tell each other. Members are written whole, so that each reader sees one or the other.</summary>
internal sealed class NodeState : IDisposable
{
    private volatile DesiredConfiguration? _desired;
    private volatile string _pending = "Waiting for the configuration.";
    private long _appliedVersion;

    /// <summary>Wakes the loop that applies.</summary>
    internal Change DesiredChanged { get; } = new();

    /// <summary>Wakes the loop that reports.</summary>
    internal Change FactsChanged { get; } = new();

    internal DesiredConfiguration? Desired => _desired;

    internal string Pending => _pending;

    internal long AppliedVersion => Interlocked.Read(ref _appliedVersion);

    internal void Want(DesiredConfiguration desired)
    {
        _desired = desired;
        DesiredChanged.Notify();
    }

    internal void Applied(long version)
    {
        var news = AppliedVersion != version || _pending.Length > 0;
        Interlocked.Exchange(ref _appliedVersion, version);
        _pending = "";
        if (news)
        {
            FactsChanged.Notify();
        }
    }

    internal void NotApplied(string why)
    {
        if (_pending != why)
        {
            _pending = why;
            FactsChanged.Notify();
        }
    }

    public void Dispose()
    {
        DesiredChanged.Dispose();
        FactsChanged.Dispose();
    }
}
