using System.Collections.Concurrent;
using Beffroi.Reconciling;
using Npgsql;

namespace Beffroi.Server.Tests;

/// <summary>Notes signals; no reconciler works here.</summary>
public sealed class NotedSignals : ISignals
{
    public ConcurrentQueue<WorkKey> Keys { get; } = new();

    public Task SignalAsync(NpgsqlConnection connection, WorkKey key, TimeSpan? deadline = null, CancellationToken cancellationToken = default)
    {
        Keys.Enqueue(key);
        return Task.CompletedTask;
    }
}
