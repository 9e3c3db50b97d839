using Beffroi.Platform.Conditions;
using Beffroi.Platform.Store;
using Npgsql;
using Shown = Beffroi.Contracts.Alert;

namespace Beffroi.Platform.Alerts;

/// <summary>Alerts as they are shown.</summary>
internal static class AlertList
{
    /// <summary>An organization's: those that are open, then those that were, the newest first.</summary>
    /// <param name="connection">Any.</param>
    /// <param name="organizationId">Whose.</param>
    /// <param name="onlyOpen">Whether those that are resolved are left out.</param>
    /// <param name="resolved">Whether the page before ended among those that are resolved.</param>
    /// <param name="before">The last of the page before; null for the first page.</param>
    /// <param name="limit">At most.</param>
    /// <param name="language">Of the titles: <c>en</c> or <c>fr</c>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static Task<List<Shown>> ReadAsync(
        NpgsqlConnection connection, Guid organizationId, bool onlyOpen, bool resolved, Guid? before, int limit, string language, CancellationToken cancellationToken) =>
        connection.Statement("""
            select id, kind, severity, subject, text, since, raised_at, resolved_at from platform.alerts
            where organization_id = $1 and (resolved_at is null or not $2)
              and ($4::uuid is null or (resolved_at is not null) > $3 or ((resolved_at is not null) = $3 and id < $4::uuid))
            order by (resolved_at is not null), id desc limit $5
            """, organizationId, onlyOpen, resolved, before, limit).ListAsync(r => Read(r, 0, language), cancellationToken);

    /// <summary>From eight columns: id, kind, severity, subject, text, since, raised, resolved.</summary>
    internal static Shown Read(NpgsqlDataReader r, int first, string language)
    {
        var kind = r.GetString(first + 1);
        var resolvedAt = r.Nullable<DateTimeOffset>(first + 7);
        return new Shown(
            r.GetGuid(first), kind, r.GetString(first + 2), resolvedAt is null ? "open" : "resolved", r.GetString(first + 3), AlertKinds.Find(kind)?.Title(language) ?? kind, r.GetString(first + 4),
            r.GetFieldValue<DateTimeOffset>(first + 5), r.GetFieldValue<DateTimeOffset>(first + 6), resolvedAt);
    }
}
