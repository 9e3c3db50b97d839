using Beffroi.Platform.Store;
using Npgsql;
using Shown = Beffroi.Contracts.AlertReceiver;

namespace Beffroi.Platform.Alerts;

/// <summary>The receivers of organizations' alerts in the store.</summary>
internal static class AlertReceivers
{
    /// <summary>The most of one organization.</summary>
    public const int Max = 32;

    private const string Columns = "r.id, r.organization_id, r.name, r.url, r.authority, r.email, r.language, r.least_severity, r.space_ids, r.kinds, r.confirmed_at is not null";

    /// <summary>One of an organization's, for a change; null if there is none of that name.</summary>
    public static Task<AlertReceiver?> FindAsync(NpgsqlConnection connection, Guid organizationId, string name, CancellationToken cancellationToken) =>
        connection.Statement("select " + Columns + " from platform.alert_receivers r where organization_id = $1 and name = $2 for update", organizationId, name).FirstAsync(Read, cancellationToken);

    /// <summary>By id; null if it is gone.</summary>
    public static Task<AlertReceiver?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.Statement("select " + Columns + " from platform.alert_receivers r where id = $1", id).FirstAsync(Read, cancellationToken);

    /// <summary>An organization's by name, as shown; with a name, that one.</summary>
    public static Task<List<Shown>> ShowAsync(NpgsqlConnection connection, Guid organizationId, string? name, CancellationToken cancellationToken) =>
        connection.Statement("""
            select r.name, r.url, r.email, r.confirmed_at is not null, r.language, r.least_severity,
                   (select array_agg(s.name order by s.name) from platform.spaces s where s.id = any(r.space_ids)), r.kinds,
                   (select count(*) from platform.alert_deliveries d where d.receiver_id = r.id and d.delivered_at is null and d.given_up_at is null),
                   (select count(*) from platform.alert_deliveries d where d.receiver_id = r.id and d.given_up_at is not null), r.delivered_at, r.error
            from platform.alert_receivers r where r.organization_id = $1 and ($2::text is null or r.name = $2) order by r.name
            """, organizationId, name).ListAsync(
            r => new Shown(
                r.GetString(0), Text(r, 1), Text(r, 2), r.GetBoolean(3) ? "active" : "unconfirmed", r.GetString(4), r.GetString(5), Array<string>(r, 6), Array<string>(r, 7), r.GetInt64(8), r.GetInt64(9),
                r.Nullable<DateTimeOffset>(10), Text(r, 11)),
            cancellationToken);

    /// <summary>Changes of an organization's receivers take turns, until the transaction ends: before one is looked for that is to be put.</summary>
    public static Task LockAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        connection.Statement("select pg_advisory_xact_lock(hashtextextended('alert-receivers/' || $1::text, 0))", organizationId).RunAsync(cancellationToken);

    /// <summary>Adds one, or changes which alerts it gets. False if the organization has <see cref="Max"/> others already.</summary>
    public static async Task<bool> PutAsync(NpgsqlConnection connection, AlertReceiver receiver, CancellationToken cancellationToken) =>
        await connection.Statement("""
            insert into platform.alert_receivers (id, organization_id, name, url, authority, email, language, least_severity, space_ids, kinds, confirmed_at)
            select $1, $2, $3, $4::text, $5::text, $6::text, $7, $8, $9::uuid[], $10::text[], case when $4::text is not null then now() end
            where (select count(*) from platform.alert_receivers where organization_id = $2 and name <> $3) < $11
            on conflict (organization_id, name) do update set
                authority = excluded.authority, language = excluded.language, least_severity = excluded.least_severity, space_ids = excluded.space_ids, kinds = excluded.kinds,
                error = null, failures = 0, next_attempt_at = now()
            """,
            receiver.Id, receiver.OrganizationId, receiver.Name, receiver.Url, receiver.Authority, receiver.Email, receiver.Language, receiver.LeastSeverity, receiver.SpaceIds?.ToArray(),
            receiver.Kinds?.ToArray(), Max).RunAsync(cancellationToken) > 0;

    /// <summary>Removes one, with what waits for it.</summary>
    public static Task RemoveAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.Statement("delete from platform.alert_receivers where id = $1", id).RunAsync(cancellationToken);

    /// <summary>Queues a test alert, for it alone.</summary>
    public static Task TestAsync(NpgsqlConnection connection, AlertReceiver receiver, string organization, CancellationToken cancellationToken) =>
        connection.Statement("""
            with test as (
                insert into platform.alerts (id, organization_id, key, kind, severity, subject, text, since, resolved_at)
                values ($1, $2, 'test/' || $1::text, 'test', 'warning', $4, '', now(), now()) returning id)
            insert into platform.alert_deliveries (receiver_id, alert_id, event) select $3, id, 'test' from test
            """, Guid.CreateVersion7(), receiver.OrganizationId, receiver.Id, organization).RunAsync(cancellationToken);

    private static AlertReceiver Read(NpgsqlDataReader r) =>
        new(r.GetGuid(0), r.GetGuid(1), r.GetString(2), Text(r, 3), Text(r, 4), Text(r, 5), r.GetString(6), r.GetString(7), Array<Guid>(r, 8), Array<string>(r, 9))
        {
            IsConfirmed = r.GetBoolean(10),
        };

    private static string? Text(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetString(column);

    private static T[]? Array<T>(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetFieldValue<T[]>(column);
}
