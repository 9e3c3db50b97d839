using Beffroi.Platform.Store;
using Npgsql;
using Shown = Beffroi.Contracts.Alert;

namespace Beffroi.Platform.Alerts;

/// <summary>A message to a receiver that has not arrived yet.</summary>
/// <param name="Id">The message's.</param>
/// <param name="Event"><c>raised</c>, <c>resolved</c>, <c>test</c> or <c>confirmation</c>.</param>
/// <param name="Organization">The organization's name.</param>
/// <param name="Alert">Of what; null for a confirmation.</param>
internal sealed record AlertDelivery(Guid Id, string Event, string Organization, Shown? Alert);

/// <summary>
/// The messages in the store. A receiver is leased to one replica at a time, which sends one message and gives it back: so no receiver holds up others. What was never tried goes first, what
/// failed waits for the receiver's next time.
/// </summary>
internal static class AlertDeliveries
{
    // Longer than any attempt takes.
    private static readonly TimeSpan Attempt = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan GivenUpAfter = TimeSpan.FromDays(3);

    /// <summary>Leases receivers for which there is something to send now.</summary>
    public static Task<List<Guid>> TakeAsync(NpgsqlConnection connection, int limit, CancellationToken cancellationToken) =>
        connection.Statement("""
            update platform.alert_receivers r set leased_until = now() + $2
            from (select w.id from platform.alert_receivers w
                  where w.leased_until <= now()
                    and exists (select from platform.alert_deliveries_waiting d where d.receiver_id = w.id and (d.attempts = 0 or w.next_attempt_at <= now()))
                  order by w.next_attempt_at limit $1 for no key update of w skip locked) due
            where r.id = due.id returning r.id
            """, limit, Attempt).ListAsync(r => r.GetGuid(0), cancellationToken);

    /// <summary>What to send to a leased receiver.</summary>
    public static Task<AlertDelivery?> NextAsync(NpgsqlConnection connection, AlertReceiver receiver, CancellationToken cancellationToken) =>
        connection.Statement("""
            select d.id, d.event, o.name, a.id, a.kind, a.severity, a.subject, a.text, a.since, a.raised_at, case when d.event <> 'raised' then a.resolved_at end
            from platform.alert_deliveries_waiting d join platform.alert_receivers r on r.id = d.receiver_id join platform.organizations o on o.id = r.organization_id
                 left join platform.alerts a on a.id = d.alert_id
            where d.receiver_id = $1 and (d.attempts = 0 or r.next_attempt_at <= now())
            order by d.attempts, d.created_at, d.event limit 1
            """, receiver.Id).FirstAsync(
            r => new AlertDelivery(r.GetGuid(0), r.GetString(1), r.GetString(2), r.IsDBNull(3) ? null : AlertList.Read(r, 3, receiver.Language)), cancellationToken);

    /// <summary>It has arrived; the receiver is given back.</summary>
    public static Task DeliveredAsync(NpgsqlConnection connection, Guid receiver, Guid delivery, CancellationToken cancellationToken) =>
        connection.Statement("""
            with arrived as (update platform.alert_deliveries set delivered_at = now() where id = $2)
            update platform.alert_receivers set leased_until = now(), next_attempt_at = now(), failures = 0, error = null, delivered_at = now() where id = $1
            """, receiver, delivery).RunAsync(cancellationToken);

    /// <summary>
    /// It has not arrived; the receiver is given back, and what has failed is tried again in 1, 2, 4 … seconds, at most 5 minutes, with jitter; after three days not any more.
    /// </summary>
    public static Task FailedAsync(NpgsqlConnection connection, Guid receiver, Guid delivery, string error, CancellationToken cancellationToken) =>
        connection.Statement("""
            with failed as (
                update platform.alert_deliveries set attempts = attempts + 1, given_up_at = case when created_at < now() - $4 then now() end where id = $2)
            update platform.alert_receivers set leased_until = now(), error = $3, failures = failures + 1,
                next_attempt_at = now() + least(300, power(2, least(failures, 9))) * (0.5 + random() / 2) * interval '1 second'
            where id = $1
            """, receiver, delivery, error, GivenUpAfter).RunAsync(cancellationToken);

    /// <summary>Gives a receiver back for which there is nothing after all.</summary>
    public static Task ReleaseAsync(NpgsqlConnection connection, Guid receiver, CancellationToken cancellationToken) =>
        connection.Statement("update platform.alert_receivers set leased_until = now() where id = $1", receiver).RunAsync(cancellationToken);
}
