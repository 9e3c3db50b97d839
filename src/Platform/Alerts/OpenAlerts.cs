using Beffroi.Platform.Conditions;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Alerts;

/// <summary>
/// Raises and resolves alerts, on the caller's connection and in its transaction: with what it writes, the alert is there and will be told to every receiver that wants it, or neither is.
/// </summary>
public static class OpenAlerts
{
    /// <summary>Raises an alert, unless one of its key is open.</summary>
    /// <param name="connection">The caller's.</param>
    /// <param name="organizationId">Whose.</param>
    /// <param name="alert">What.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether it is new.</returns>
    /// <exception cref="ArgumentException">There is no such kind or severity.</exception>
    public static async Task<bool> RaiseAsync(NpgsqlConnection connection, Guid organizationId, Alert alert, CancellationToken cancellationToken)
    {
        if (AlertKinds.Find(alert.Kind) is null || !AlertSeverity.All.Contains(alert.Severity))
        {
            throw new ArgumentException("There is no such kind or severity of alert.", nameof(alert));
        }

        return (await connection.Statement("""
            with raised as (
                insert into platform.alerts (id, organization_id, key, kind, severity, subject, text, space_id, resource_id, condition, since)
                values ($1, $2, $3, $4, $5, $6, $7, $8::uuid, $9::uuid, $10::text, coalesce($11::timestamptz, now()))
                on conflict (organization_id, key) where resolved_at is null do nothing
                returning id
            ), told as (
                insert into platform.alert_deliveries (receiver_id, alert_id, event)
                select r.id, raised.id, 'raised' from raised, platform.alert_receivers r
                where r.organization_id = $2 and r.confirmed_at is not null
                  and ($5 = 'critical' or r.least_severity = 'warning')
                  and (r.kinds is null or $4 = any(r.kinds))
                  and (r.space_ids is null or $8::uuid = any(r.space_ids))
            )
            select id from raised
            """,
            Guid.CreateVersion7(), organizationId, alert.Key, alert.Kind, alert.Severity, alert.Subject, alert.Text, alert.SpaceId, alert.ResourceId, alert.Condition, alert.Since?.ToUniversalTime())
            .ListAsync(r => r.GetGuid(0), cancellationToken)).Count > 0;
    }

    /// <summary>Resolves the open alert of a key, if there is one, and tells whoever was told of it.</summary>
    public static Task ResolveAsync(NpgsqlConnection connection, Guid organizationId, string key, CancellationToken cancellationToken) =>
        connection.Statement("""
            with resolved as (update platform.alerts set resolved_at = now() where organization_id = $1 and key = $2 and resolved_at is null returning id)
            insert into platform.alert_deliveries (receiver_id, alert_id, event)
            select d.receiver_id, d.alert_id, 'resolved' from resolved join platform.alert_deliveries d on d.alert_id = resolved.id and d.event = 'raised'
            """, organizationId, key).RunAsync(cancellationToken);
}
