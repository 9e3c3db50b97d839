using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Outbound;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Alerts;

/// <summary>Sends alerts to their receivers: each message at least once, with an id that tells one that comes again.</summary>
internal sealed partial class AlertSender(
    NpgsqlDataSource source, OutboundConnections outbound, MailSender mail, IResourceKeys keys, TimeProvider time, ILogger<AlertSender> log) : PeriodicService(Interval, time)
{
    private const int AtOnce = 16;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly SignedWebhook _webhook = new(outbound, time);

    /// <summary>Sends one message to every receiver for which one is due; returns how many arrived.</summary>
    public async Task<int> SendAsync(CancellationToken cancellationToken)
    {
        List<Guid> due;
        await using (var connection = await source.OpenConnectionAsync(cancellationToken))
        {
            due = await AlertDeliveries.TakeAsync(connection, AtOnce, cancellationToken);
        }

        return (await Task.WhenAll(due.Select(receiver => SendAsync(receiver, cancellationToken)))).Sum();
    }

    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        while (await SendAsync(cancellationToken) > 0)
        {
            // There may be more for the same receivers.
        }
    }

    private async Task<int> SendAsync(Guid id, CancellationToken cancellationToken)
    {
        AlertReceiver? receiver;
        AlertDelivery? delivery;
        await using (var connection = await source.OpenConnectionAsync(cancellationToken))
        {
            receiver = await AlertReceivers.FindAsync(connection, id, cancellationToken);
            delivery = receiver is null ? null : await AlertDeliveries.NextAsync(connection, receiver, cancellationToken);
            if (receiver is null || delivery is null)
            {
                await AlertDeliveries.ReleaseAsync(connection, id, cancellationToken);
                return 0;
            }
        }

        try
        {
            await SendAsync(receiver, delivery, cancellationToken);
        }
        catch (Exception e) when (e is UndeliveredException or KeyUnavailableException)
        {
            await using var failed = await source.OpenConnectionAsync(cancellationToken);
            var message = e.Message.Shortened(300);
            await AlertDeliveries.FailedAsync(failed, id, delivery.Id, message, cancellationToken);
            LogUndelivered(delivery.Id, receiver.Id, message, e.InnerException?.Message);
            return 0;
        }

        await using var arrived = await source.OpenConnectionAsync(cancellationToken);
        await AlertDeliveries.DeliveredAsync(arrived, id, delivery.Id, cancellationToken);
        return 1;
    }

    private async Task SendAsync(AlertReceiver receiver, AlertDelivery delivery, CancellationToken cancellationToken)
    {
        if (receiver.Email is { } address)
        {
            await mail.SendAsync(delivery.Id, address, await MailAsync(receiver, delivery, cancellationToken), cancellationToken);
            return;
        }

        using var secret = await SecretAsync(receiver, AlertReceiver.Secret, cancellationToken) ?? throw new UndeliveredException("The webhook has no secret any more: have it made anew.");
        var body = JsonSerializer.SerializeToUtf8Bytes(new AlertMessage(delivery.Id, delivery.Event, delivery.Organization, delivery.Alert!), WireJson.Default.AlertMessage);
        await _webhook.PostAsync(receiver.Url!, receiver.Authority, secret, "application/json", body, cancellationToken);
    }

    private async Task<AlertMail> MailAsync(AlertReceiver receiver, AlertDelivery delivery, CancellationToken cancellationToken)
    {
        if (delivery.Alert is { } alert)
        {
            return AlertMail.Of(receiver.Language, delivery.Event, delivery.Organization, alert);
        }

        using var code = await SecretAsync(receiver, AlertReceiver.Code, cancellationToken) ?? throw new UndeliveredException("The code is not there any more: have another sent.");
        return AlertMail.OfCode(receiver.Language, delivery.Organization, code.RevealText());
    }

    private async Task<Secret?> SecretAsync(AlertReceiver receiver, string name, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await keys.GetSecretAsync(connection, receiver.OrganizationId, receiver.Id, name, cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Alerts could not be sent; tried again in a moment.")]
    protected override partial void Failed(Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Message {Id} did not arrive at receiver {Receiver}. {Reason} {Cause}")]
    private partial void LogUndelivered(Guid id, Guid receiver, string reason, string? cause);
}
