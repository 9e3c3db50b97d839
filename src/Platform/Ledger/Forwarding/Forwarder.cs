using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Outbound;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Ledger.Forwarding;

/// <summary>
/// Sends entries of the logs to where their owners want them: each at least once and in order, whatever restarts or is away meanwhile. How far it is
/// stands in the store and moves on only when entries have arrived. One replica at a time sends to one receiver.
/// </summary>
internal sealed partial class Forwarder(
    NpgsqlDataSource source, OutboundConnections outbound, IResourceKeys keys, TimeProvider time, ILogger<Forwarder> log) : PeriodicService(Interval, time)
{
    private const int AtOnce = 16;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly SyslogSender _syslog = new(outbound);
    private readonly SignedWebhook _webhook = new(outbound, time);

    /// <summary>Sends one batch to every receiver that is due; returns how many entries arrived.</summary>
    public async Task<int> ForwardAsync(CancellationToken cancellationToken)
    {
        List<LedgerForward> due;
        await using (var connection = await source.OpenConnectionAsync(cancellationToken))
        {
            due = await LedgerForwards.TakeAsync(connection, AtOnce, cancellationToken);
        }

        return (await Task.WhenAll(due.Select(f => SendAsync(f, cancellationToken)))).Sum();
    }

    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        while (await ForwardAsync(cancellationToken) > 0)
        {
            // There may be more than a batch.
        }
    }

    private async Task<int> SendAsync(LedgerForward forward, CancellationToken cancellationToken)
    {
        try
        {
            if (await ReadAsync(forward, cancellationToken) is not { } batch)
            {
                throw new UndeliveredException("The next entry can't be read: `beffroi ledger verify` tells more.");
            }

            if (forward.IsWebhook)
            {
                await SendWebhookAsync(forward, batch, cancellationToken);
            }
            else
            {
                await _syslog.SendAsync(forward, batch, cancellationToken);
            }

            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            return await LedgerForwards.DeliveredAsync(connection, forward, batch.Next, cancellationToken) ? batch.Rows.Count : 0;
        }
        catch (Exception e) when (e is UndeliveredException or KeyUnavailableException)
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            var message = e.Message.Shortened(300);
            await LedgerForwards.FailedAsync(connection, forward, message, cancellationToken);
            LogRefused(forward.Name, forward.LogId, message);
            return 0;
        }
    }

    private async Task<Batch?> ReadAsync(LedgerForward forward, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await Batch.ReadAsync(connection, forward, cancellationToken);
    }

    private async Task SendWebhookAsync(LedgerForward forward, Batch batch, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        using var secret = await keys.GetSecretAsync(connection, forward.LogId, forward.Id, LedgerForward.Secret, cancellationToken)
            ?? throw new UndeliveredException("The webhook has no secret any more: set it up again.");
        await connection.CloseAsync();
        await _webhook.PostAsync(forward.Url, forward.Authority, secret, "application/x-ndjson", batch.Lines(), cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Entries of the ledger could not be forwarded; tried again.")]
    protected override partial void Failed(Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Entries of log {LogId} did not arrive at {Forward}. {Reason}")]
    private partial void LogRefused(string forward, Guid logId, string reason);
}
