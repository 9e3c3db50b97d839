using Beffroi.Contracts.Evidence;
using Beffroi.Platform.Store;
using Beffroi.Services.Evidence.Checks;
using Npgsql;

namespace Beffroi.Services.Evidence;

/// <summary>A finding as it is kept.</summary>
internal sealed record FindingRow(string Check, bool? Holds, LocalText Message, IReadOnlyList<string> Sources, DateTimeOffset Since, DateTimeOffset ObservedAt, DateTimeOffset GoodUntil);

/// <summary>Findings in the store. Each method works in the caller's transaction and decides nothing.</summary>
internal static class FindingTable
{
    /// <summary>An organization's, by check.</summary>
    public static async Task<IReadOnlyDictionary<string, FindingRow>> ListAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        (await connection.Statement("""
            select check_name, holds, message_en, message_fr, sources, since, observed_at, good_until from platform.evidence_findings where organization_id = $1
            """, organizationId).ListAsync(
            r => new FindingRow(
                r.GetString(0), r.Nullable<bool>(1), new LocalText(r.GetString(2), r.GetString(3)), r.GetFieldValue<string[]>(4),
                r.GetFieldValue<DateTimeOffset>(5), r.GetFieldValue<DateTimeOffset>(6), r.GetFieldValue<DateTimeOffset>(7)),
            cancellationToken)).ToDictionary(row => row.Check, StringComparer.Ordinal);

    /// <summary>Keeps what a check saw; <see cref="FindingRow.Since"/> stays where it found the same before.</summary>
    public static Task KeepAsync(NpgsqlConnection connection, Guid organizationId, CheckDescription check, Observation seen, CancellationToken cancellationToken) =>
        connection.Statement("""
            insert into platform.evidence_findings as f (organization_id, check_name, holds, message_en, message_fr, sources, observed_at, good_until)
            values ($1, $2, $3::boolean, $4, $5, $6::text[], coalesce($7::timestamptz, now()), coalesce($7::timestamptz, now()) + $8::interval)
            on conflict (organization_id, check_name) do update set
                holds = excluded.holds, message_en = excluded.message_en, message_fr = excluded.message_fr, sources = excluded.sources,
                observed_at = excluded.observed_at, good_until = excluded.good_until,
                since = case when f.holds is not distinct from excluded.holds then f.since else now() end
            """, organizationId, check.Name, seen.Holds, seen.Message.En, seen.Message.Fr, seen.Sources.ToArray(), seen.ObservedAt?.ToUniversalTime(), check.GoodFor).RunAsync(cancellationToken);

    /// <summary>Organizations that nobody has looked at yet.</summary>
    public static async Task<IReadOnlyList<Guid>> NewOrganizationsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.Statement("""
            select o.id from platform.organizations o
            where not exists (select from platform.evidence_findings f where f.organization_id = o.id)
              and not exists (select from reconciling.work w where w.kind = $1 and w.id = o.id) limit 100
            """, EvidenceReconciler.WorkKind).ListAsync(r => r.GetGuid(0), cancellationToken);
}
