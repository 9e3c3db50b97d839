using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Resources;

/// <summary>
/// Wakes readers of events when the store says that there are some (<c>NOTIFY</c>, on one connection for all). A hint may be lost:
/// readers look by themselves too. Safe for concurrent use.
/// </summary>
public sealed partial class EventHints(NpgsqlDataSource store, TimeProvider time, ILogger<EventHints> logger) : BackgroundService
{
    private readonly ConcurrentDictionary<Subscription, byte> _subscriptions = new();

    /// <summary>Begins to listen for a space's changes; dispose to end.</summary>
    public Subscription Subscribe(Guid spaceId)
    {
        var subscription = new Subscription(spaceId, s => _subscriptions.TryRemove(s, out _));
        _subscriptions.TryAdd(subscription, 0);
        return subscription;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is NpgsqlException or OperationCanceledException or IOException)
            {
                Interrupted(logger, failure);
                await Task.Delay(TimeSpan.FromSeconds(2), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await using var connection = await store.OpenConnectionAsync(cancellationToken);
        connection.Notification += (_, notification) =>
        {
            if (Guid.TryParse(notification.Payload, out var spaceId))
            {
                foreach (var (subscription, _) in _subscriptions)
                {
                    subscription.Wake(spaceId);
                }
            }
        };
        await using (var listen = new NpgsqlCommand("listen platform_events", connection))
        {
            await listen.ExecuteNonQueryAsync(cancellationToken);
        }

        while (true)
        {
            await connection.WaitAsync(cancellationToken);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Hints of changes are interrupted; event streams go on by looking for themselves.")]
    private static partial void Interrupted(ILogger logger, Exception failure);

    /// <summary>One reader's interest in one space.</summary>
    public sealed class Subscription : IDisposable
    {
        private readonly SemaphoreSlim _signal = new(0, 1);
        private readonly Guid _spaceId;
        private readonly Action<Subscription> _end;

        internal Subscription(Guid spaceId, Action<Subscription> end) => (_spaceId, _end) = (spaceId, end);

        /// <summary>Waits for a hint, at most this long.</summary>
        public Task<bool> WaitAsync(TimeSpan longest, CancellationToken cancellationToken) => _signal.WaitAsync(longest, cancellationToken);

        /// <inheritdoc/>
        public void Dispose() => _end(this);

        internal void Wake(Guid spaceId)
        {
            if (spaceId != _spaceId)
            {
                return;
            }

            try
            {
                _signal.Release();
            }
            catch (SemaphoreFullException)
            {
                // A hint is waiting already.
            }
        }
    }
}
