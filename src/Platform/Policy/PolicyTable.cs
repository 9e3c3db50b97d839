using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Contracts.Policy;
using Beffroi.Platform.Store;
using Npgsql;
using NpgsqlTypes;

namespace Beffroi.Platform.Policy;

/// <summary>What customers state for rules to be applied to: labels, limits, derogations. Each method works in the caller's transaction and decides nothing.</summary>
internal static class PolicyTable
{
    /// <summary>The most derogations of an organization.</summary>
    public const int MostDerogations = 200;

    /// <summary>Customers' spaces, by organization and name.</summary>
    public static Task<List<(Guid Id, Guid OrganizationId, string Zone)>> ListAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.Statement("""
            select s.id, s.organization_id, s.zone from platform.spaces s join platform.organizations o on o.id = s.organization_id
            where not exists (select from platform.throw_away_spaces t where t.space_id = s.id) order by o.name, s.name
            """).ListAsync(r => (r.GetGuid(0), r.GetGuid(1), r.GetString(2)), cancellationToken);

    /// <summary>A customer's space with everything that the rules judge it by, in one question: each change in a space asks. Null of one that is the platform's own.</summary>
    public static async Task<SpaceBasis?> FindAsync(NpgsqlConnection connection, Guid space, CancellationToken cancellationToken)
    {
        var rows = await (await connection.Statement("""
            select d.name, d.rules, d.space, d.authority, d.reference, d.publication, d.expires, d.recorded_by, d.recorded_at,
                s.id, s.name, o.id, o.name, s.zone, s.classification, s.label, s.label_stated_by, s.label_stated_at,
                (select z.content from platform.zone_declarations z where z.zone = s.zone order by z.id desc limit 1), l.content
            from platform.spaces s join platform.organizations o on o.id = s.organization_id
            left join platform.policy_limits l on l.organization_id = o.id
            left join platform.derogations d on d.organization_id = o.id and d.space = s.name
            where s.id = $1 and not exists (select from platform.throw_away_spaces t where t.space_id = s.id) order by d.name
            """, space).PreparedAsync(cancellationToken)).ListAsync(
            r => (
                Derogation: r.IsDBNull(0) ? null : Derogation(r),
                Space: new LabelledSpace(
                    r.GetGuid(9), r.GetString(10), r.GetGuid(11), r.GetString(12), r.GetString(13),
                    r.IsDBNull(15) ? Labels.Of(r.GetString(14)) : JsonSerializer.Deserialize(r.GetString(15), WireJson.Default.SpaceLabel)!,
                    r.IsDBNull(16) ? null : r.GetString(16),
                    r.Nullable<DateTimeOffset>(17)),
                Zone: r.IsDBNull(18) ? new ZoneDeclaration() : JsonSerializer.Deserialize(r.GetString(18), WireJson.Default.ZoneDeclaration)!,
                Limits: r.IsDBNull(19) ? new PolicyLimits() : JsonSerializer.Deserialize(r.GetString(19), WireJson.Default.PolicyLimits)!),
            cancellationToken);
        return rows is [var first, ..] ? new SpaceBasis(first.Space, first.Zone, first.Limits, [.. rows.Select(r => r.Derogation).OfType<Derogation>()]) : null;
    }

    /// <summary>States a space's label.</summary>
    public static async Task StateAsync(NpgsqlConnection connection, Guid space, SpaceLabel label, string by, CancellationToken cancellationToken)
    {
        await using var command = connection.Statement("""
            update platform.spaces set label = $2, label_stated_by = $3, label_stated_at = now(), classification = $4 where id = $1
            """, space, null, by, Labels.Classify(label));
        command.Parameters[1] = Json(JsonSerializer.Serialize(label, WireJson.Default.SpaceLabel));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>An organization's limits.</summary>
    public static async Task<PolicyLimits> LimitsAsync(NpgsqlConnection connection, Guid organization, CancellationToken cancellationToken) =>
        await (await connection.Statement("select content from platform.policy_limits where organization_id = $1", organization).PreparedAsync(cancellationToken))
            .FirstAsync(r => JsonSerializer.Deserialize(r.GetString(0), WireJson.Default.PolicyLimits)!, cancellationToken) ?? new PolicyLimits();

    /// <summary>Sets them.</summary>
    public static async Task LimitAsync(NpgsqlConnection connection, Guid organization, PolicyLimits limits, CancellationToken cancellationToken)
    {
        await using var command = connection.Statement("""
            insert into platform.policy_limits (organization_id, content) values ($1, $2) on conflict (organization_id) do update set content = excluded.content
            """, organization, null);
        command.Parameters[1] = Json(JsonSerializer.Serialize(limits, WireJson.Default.PolicyLimits));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>An organization's derogations, by name.</summary>
    public static async Task<List<Derogation>> DerogationsAsync(NpgsqlConnection connection, Guid organization, CancellationToken cancellationToken) =>
        await (await connection.Statement("""
            select name, rules, space, authority, reference, publication, expires, recorded_by, recorded_at from platform.derogations where organization_id = $1 order by name
            """, organization).PreparedAsync(cancellationToken)).ListAsync(Derogation, cancellationToken);

    /// <summary>Records one in the place of the one of the same name.</summary>
    public static Task DerogateAsync(NpgsqlConnection connection, Guid organization, string name, PutDerogation wanted, string by, CancellationToken cancellationToken) =>
        connection.Statement("""
            insert into platform.derogations (organization_id, name, rules, space, authority, reference, publication, expires, recorded_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (organization_id, name) do update set rules = excluded.rules, space = excluded.space, authority = excluded.authority, reference = excluded.reference,
                publication = excluded.publication, expires = excluded.expires, recorded_by = excluded.recorded_by, recorded_at = now()
            """, organization, name, wanted.Rules.ToArray(), wanted.Space, wanted.Authority, wanted.Reference, wanted.Publication, wanted.Expires, by).RunAsync(cancellationToken);

    /// <summary>Removes one.</summary>
    public static Task RemoveAsync(NpgsqlConnection connection, Guid organization, string name, CancellationToken cancellationToken) =>
        connection.Statement("delete from platform.derogations where organization_id = $1 and name = $2", organization, name).RunAsync(cancellationToken);

    private static Derogation Derogation(NpgsqlDataReader r) => new(
        r.GetString(0), r.GetFieldValue<string[]>(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5), r.GetFieldValue<DateOnly>(6), r.GetString(7),
        r.GetFieldValue<DateTimeOffset>(8));

    private static NpgsqlParameter Json(string text) => new() { Value = text, NpgsqlDbType = NpgsqlDbType.Jsonb };
}

/// <summary>A customer's space with its label. Where nobody stated one, StatedBy is null, and the label is what the classification is taken to mean.</summary>
internal sealed record LabelledSpace(
    Guid Id, string Name, Guid OrganizationId, string OrganizationName, string Zone, SpaceLabel Label, string? StatedBy, DateTimeOffset? StatedAt);

/// <summary>What the rules judge a space by: its label, what is declared of its zone, its organization's limits, and the derogations recorded for it.</summary>
internal sealed record SpaceBasis(LabelledSpace Space, ZoneDeclaration Zone, PolicyLimits Limits, IReadOnlyList<Derogation> Derogations);
