using System.Globalization;
using Beffroi.Contracts;
using Beffroi.Platform.Access.Reviews;
using Beffroi.Platform.Conditions;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Alerts;

/// <summary>
/// Compares what is the case with the alerts that are open, and raises and resolves what differs: whatever happened meanwhile, and whoever was killed. On the caller's connection and in
/// its transaction.
/// </summary>
internal static class AlertSweep
{
    // A condition that holds for less and fails again has not ended.
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(1);

    /// <summary>Of resources and spaces, and of organizations that are sealed. Times of conditions are of the clock of who wrote them, which is this machine's or one beside it.</summary>
    public static async Task ConditionsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        foreach (var open in await OverAsync(connection, cancellationToken))
        {
            await OpenAlerts.ResolveAsync(connection, open.Organization, open.Key, cancellationToken);
        }

        foreach (var (organization, alert) in await FoundAsync(connection, cancellationToken))
        {
            await OpenAlerts.RaiseAsync(connection, organization, alert, cancellationToken);
        }
    }

    /// <summary>Of access reviews: one when one is due soon, and one when it is overdue; both end with the review.</summary>
    public static async Task ReviewsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Prefix = "access-review/";
        foreach (var (id, name) in await connection.Statement("select id, name from platform.organizations").ListAsync(r => (r.GetGuid(0), r.GetString(1)), cancellationToken))
        {
            var wanted = (await AccessReviewSchedule.ListAsync(connection, id, cancellationToken)).SelectMany(due => OfReview(name, due)).ToDictionary(a => a.Key);
            var open = await connection.Statement("select key from platform.alerts where organization_id = $1 and resolved_at is null and starts_with(key, $2)", id, Prefix)
                .ListAsync(r => r.GetString(0), cancellationToken);
            foreach (var key in open.Where(key => !wanted.ContainsKey(key)))
            {
                await OpenAlerts.ResolveAsync(connection, id, key, cancellationToken);
            }

            foreach (var alert in wanted.Values.ExceptBy(open, a => a.Key))
            {
                await OpenAlerts.RaiseAsync(connection, id, alert, cancellationToken);
            }
        }

        static IEnumerable<Alert> OfReview(string organization, AccessReviewDue due)
        {
            string[] kinds = due.State switch { "overdue" => [AlertKinds.ReviewDue, AlertKinds.ReviewOverdue], "due-soon" => [AlertKinds.ReviewDue], _ => [] };
            return kinds.Select(kind => new Alert(
                kind, AlertKinds.Find(kind)!.Severity, organization, string.Create(CultureInfo.InvariantCulture, $"{due.Kind}, {due.DueAt:yyyy-MM-dd}"))
            {
                // With its date: the next one is another.
                Key = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{due.Kind}/{kind}/{due.DueAt:yyyy-MM-dd}"),
            });
        }
    }

    /// <summary>Of the lockbox: one while a request of the operator's waits, and one while it is open.</summary>
    public static async Task LockboxAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Prefix = "lockbox/";
        var wanted = (await connection.Statement("""
            select q.organization_id, q.id, q.state, q.space || '/' || q.kind || '/' || q.name, q.access || ', ' || q.reason || ', ' || q.operator, r.space_id, r.id
            from platform.lockbox_requests q left join platform.resources r on r.id = q.resource_id
            where (q.state = 'waiting' and q.expires_at > now()) or (q.state = 'open' and q.open_until > now())
            """).ListAsync(
            r => (Organization: r.GetGuid(0), Alert: OfRequest(r.GetGuid(1), r.GetString(2) == "open", r.GetString(3), r.GetString(4), r.Nullable<Guid>(5), r.Nullable<Guid>(6))), cancellationToken))
            .ToDictionary(w => (w.Organization, w.Alert.Key), w => w.Alert);
        await SettleAsync(connection, Prefix, wanted, cancellationToken);

        static Alert OfRequest(Guid id, bool isOpen, string subject, string text, Guid? space, Guid? resource)
        {
            var kind = isOpen ? AlertKinds.LockboxOpen : AlertKinds.LockboxRequested;
            return new Alert(kind, AlertKinds.Find(kind)!.Severity, subject, text) { Key = $"{Prefix}{kind}/{id:D}", SpaceId = space, ResourceId = resource };
        }
    }

    /// <summary>Of the infrastructure's inventory: one for every organization while it is open to two of the operator's people.</summary>
    public static async Task BreakGlassAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Prefix = AlertKinds.BreakGlass + "/";
        var wanted = (await connection.Statement("""
            select o.id, o.name, b.id, b.reason || ', ' || b.beginner || ', ' || b.approver
            from platform.break_glasses b, platform.organizations o where b.state = 'open' and b.open_until > now() and o.name ~ '^[a-z]'
            """).ListAsync(
            r => (Organization: r.GetGuid(0), Alert: new Alert(AlertKinds.BreakGlass, AlertKinds.Find(AlertKinds.BreakGlass)!.Severity, r.GetString(1), r.GetString(3)) { Key = $"{Prefix}{r.GetGuid(2):D}" }),
            cancellationToken)).ToDictionary(w => (w.Organization, w.Alert.Key), w => w.Alert);
        await SettleAsync(connection, Prefix, wanted, cancellationToken);
    }

    // Ends what is open of a prefix and not the case any more, and raises what is the case and not open yet.
    private static async Task SettleAsync(NpgsqlConnection connection, string prefix, Dictionary<(Guid Organization, string Key), Alert> wanted, CancellationToken cancellationToken)
    {
        var open = await connection.Statement("select organization_id, key from platform.alerts where resolved_at is null and starts_with(key, $1)", prefix)
            .ListAsync(r => (r.GetGuid(0), r.GetString(1)), cancellationToken);
        foreach (var (organization, key) in open.Where(o => !wanted.ContainsKey(o)))
        {
            await OpenAlerts.ResolveAsync(connection, organization, key, cancellationToken);
        }

        foreach (var ((organization, _), alert) in wanted.ExceptBy(open, w => w.Key))
        {
            await OpenAlerts.RaiseAsync(connection, organization, alert, cancellationToken);
        }
    }

    private static Task<List<(Guid Organization, string Key)>> OverAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        // What is unknown ends nothing; what is gone does.
        connection.Statement("""
            select a.organization_id, a.key from platform.alerts a
            where a.resolved_at is null and (
                (a.resource_id is not null and a.condition is not null and not exists (
                    select from platform.resources r, jsonb_array_elements(r.status->'conditions') c
                    where r.id = a.resource_id and r.deletion_requested_at is null and c->>'type' = a.condition
                      and not (coalesce(c->>'holds', '') = 'true' and (c->>'since')::timestamptz <= now() - $1)))
                or (a.resource_id is null and a.space_id is not null and a.condition is not null and not exists (
                    select from platform.space_conditions c
                    where c.space_id = a.space_id and c.type = a.condition and (c.holds is distinct from true or c.stale_after < now() or c.since > now() - $1)))
                or (a.resource_id is null and a.space_id is null and a.condition is not null and not exists (
                    select from platform.space_conditions c join platform.spaces s on s.id = c.space_id
                    where s.organization_id = a.organization_id and c.type = a.condition and (c.holds is distinct from true or c.stale_after < now() or c.since > now() - $1)))
                or (a.kind = $2 and not exists (select from platform.organization_seals s where s.organization_id = a.organization_id and s.sealed)))
            """, Settled, AlertKinds.Sealed).ListAsync(r => (r.GetGuid(0), r.GetString(1)), cancellationToken);

    private static async Task<List<(Guid Organization, Alert Alert)>> FoundAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var open = (await connection.Statement("select organization_id, key from platform.alerts where resolved_at is null")
            .ListAsync(r => (r.GetGuid(0), r.GetString(1)), cancellationToken)).ToHashSet();
        var found = new Dictionary<(Guid, string), Alert>();
        foreach (var seen in await NotHoldingAsync(connection, cancellationToken))
        {
            if (AlertKinds.Of(seen.Type, seen.Reason, seen.State, seen.Lasted) is { } kind)
            {
                var alert = Of(kind, seen);
                found.TryAdd((seen.Organization, alert.Key), alert);
            }
        }

        foreach (var (organization, name, since) in await connection.Statement(
            "select o.id, o.name, s.changed_at from platform.organization_seals s join platform.organizations o on o.id = s.organization_id where s.sealed")
            .ListAsync(r => (r.GetGuid(0), r.GetString(1), r.GetFieldValue<DateTimeOffset>(2)), cancellationToken))
        {
            var alert = new Alert(AlertKinds.Sealed, AlertSeverity.Critical, name, "") { Since = since };
            found.TryAdd((organization, alert.Key), alert);
        }

        return [.. found.Where(f => !open.Contains(f.Key)).Select(f => (f.Key.Item1, f.Value))];
    }

    private static Alert Of(AlertKind kind, Observed seen) =>
        AlertKinds.OfOrganization.Contains(seen.Type)
            ? new Alert(kind.Name, kind.Severity, seen.OrganizationName, "") { Condition = seen.Type, Since = seen.Since }
            : new Alert(kind.Name, kind.Severity, seen.Subject, seen.Type + ": " + seen.Reason)
            {
                // By id: what is made again under a name is another.
                Key = string.Create(CultureInfo.InvariantCulture, $"{kind.Name}/{seen.ResourceId ?? seen.SpaceId:D}"),
                SpaceId = seen.SpaceId,
                ResourceId = seen.ResourceId,
                Condition = seen.Type,
                Since = seen.Since,
            };

    private static Task<List<Observed>> NotHoldingAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.Statement("""
            select o.id, o.name, s.id, r.id, s.name || '/' || r.kind || '/' || r.name, r.status->>'state', c->>'type', c->>'reason', (c->>'since')::timestamptz, now()
            from platform.resources r join platform.spaces s on s.id = r.space_id join platform.organizations o on o.id = s.organization_id,
                 jsonb_array_elements(r.status->'conditions') c
            where not r.spare and r.deletion_requested_at is null and c->>'holds' = 'false' and c->>'type' = any($1)
              and not exists (select from platform.throw_away_spaces t where t.space_id = s.id)
            union all
            select o.id, o.name, s.id, null, s.name, null, c.type, c.reason, c.since, now()
            from platform.space_conditions c join platform.spaces s on s.id = c.space_id join platform.organizations o on o.id = s.organization_id
            where not c.holds and coalesce(c.stale_after > now(), true) and c.type = any($1)
              and not exists (select from platform.throw_away_spaces t where t.space_id = s.id)
            """, [AlertKinds.Conditions.ToArray()]).ListAsync(
            r => new Observed(
                r.GetGuid(0), r.GetString(1), r.GetGuid(2), r.Nullable<Guid>(3), r.GetString(4), r.IsDBNull(5) ? null : r.GetString(5), r.GetString(6), r.GetString(7),
                r.GetFieldValue<DateTimeOffset>(8), r.GetFieldValue<DateTimeOffset>(9) - r.GetFieldValue<DateTimeOffset>(8)),
            cancellationToken);

    /// <summary>A condition that does not hold, and on what.</summary>
    private sealed record Observed(
        Guid Organization, string OrganizationName, Guid SpaceId, Guid? ResourceId, string Subject, string? State, string Type, string Reason, DateTimeOffset Since, TimeSpan Lasted);
}
