using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Agents;

/// <summary>
/// Hears of changed configurations through the store's LISTEN and wakes the watchers of this replica. Only a hint: watchers
/// look for themselves every few seconds, too.
/// </summary>
internal sealed partial class AgentNotifications(NpgsqlDataSource source, TimeProvider time, ILogger<AgentNotifications> log) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<Subscription, byte> _subscriptions = new();

    /// <summary>From now until it is disposed, changes for the instance wake it.</summary>
    public Subscription Subscribe(Guid instanceId)
    {
        var subscription = new Subscription(this, instanceId);
        _subscriptions.TryAdd(subscription, 0);
        return subscription;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(stoppingToken);
                connection.Notification += (_, notification) => Wake(notification.Payload);
                await using (var listen = new NpgsqlCommand("listen " + AgentTable.Channel, connection))
                {
                    await listen.ExecuteNonQueryAsync(stoppingToken);
                }

                while (true)
                {
                    await connection.WaitAsync(stoppingToken);
                }
            }
            catch (Exception e) when (e is NpgsqlException or IOException)
            {
                LogLost(e);
                await Task.Delay(RetryDelay, time, stoppingToken);
            }
        }
    }

    private void Wake(string payload)
    {
        if (Guid.TryParseExact(payload, "N", out var instanceId))
        {
            foreach (var (subscription, _) in _subscriptions.Where(s => s.Key.InstanceId == instanceId))
            {
                subscription.Wake();
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store's notifications are lost for a moment; agents still learn of changes, a little later.")]
    private partial void LogLost(Exception e);

    internal sealed class Subscription(AgentNotifications owner, Guid instanceId) : IDisposable
    {
        private readonly Channel<bool> _woken = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

        public Guid InstanceId { get; } = instanceId;

        public void Wake() => _woken.Writer.TryWrite(true);

        /// <summary>Returns when woken, or after this time.</summary>
        public async Task WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancellationToken)
        {
            using var timeout = new CancellationTokenSource(longest, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            try
            {
                await _woken.Reader.ReadAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
            }
        }

        public void Dispose() => owner._subscriptions.TryRemove(this, out _);
    }
}
