using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Beffroi.Platform.Store;

/// <summary>Removes what has had its day, once an hour: idempotency keys and events after 24 hours, expired invitations, tokens and alerts 90 days after their end, and records of what was used after 25 months.</summary>
internal sealed partial class Pruning(NpgsqlDataSource source, TimeProvider time, ILogger<Pruning> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    public async Task PruneAsync(CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("""
            delete from platform.idempotency_keys where created_at < now() - interval '24 hours';
            delete from platform.events where at < now() - interval '24 hours';
            delete from platform.tokens where greatest(expires_at, revoked_at) < now() - interval '90 days';
            delete from platform.operator_tokens where expires_at < now() - interval '90 days' and (name <> 'configuration' or revoked_at is null);
            delete from platform.tokens where kind = 'access' and expires_at < now();
            delete from platform.used_assertions where expires_at < now() - interval '1 hour';
            delete from platform.invitations where expires_at < now();
            delete from platform.enrolments where expires_at < now();
            delete from platform.browser_sign_ins where expires_at < now();
            delete from platform.passkey_challenges where expires_at < now();
            delete from platform.provider_requests where expires_at < now();
            delete from platform.provider_proofs where expires_at < now();
            delete from platform.device_codes where expires_at < now() - interval '1 hour';
            delete from platform.tokens where kind = 'session' and expires_at < now() - interval '1 day';
            delete from platform.operator_tokens where kind = 'session' and expires_at < now() - interval '1 day';
            delete from platform.authorization_codes where expires_at < now() - interval '1 day';
            delete from platform.alerts where resolved_at < now() - interval '90 days';
            delete from platform.replicas where heard_at < now() - interval '1 hour';
            delete from platform.alert_confirmations where at < now() - interval '1 day';
            delete from platform.sessions where coalesce(ended_at, expires_at) < now() - interval '90 days';
            delete from platform.usage_hours where hour < now() - interval '25 months';
            delete from platform.usage_changes c where at < now() - interval '25 months'
                and (state = 'deleted' or exists (select 1 from platform.usage_changes n where n.resource_id = c.resource_id and n.id > c.id and n.at < now() - interval '25 months'))
            """);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await PruneAsync(stoppingToken);
            }
            catch (NpgsqlException e)
            {
                LogFailed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old rows could not be removed; tried again in an hour.")]
    private partial void LogFailed(Exception e);
}
