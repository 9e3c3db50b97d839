using Beffroi.Contracts;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Protection;

/// <summary>The organizations' safeguards. Safe for concurrent use on different connections.</summary>
public sealed class OrganizationSafeguards(PlatformOptions options)
{
    /// <summary>Those of an organization: its own, or the defaults.</summary>
    public async Task<Safeguards> GetAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        await connection.Statement(
            "select deletion_grace_hours, immediate_deletion, two_person_rule, passkey_consents from platform.organization_safeguards where organization_id = $1", organizationId)
            .FirstAsync(r => new Safeguards(r.GetInt32(0), r.GetBoolean(1), r.GetBoolean(2), r.GetBoolean(3)), cancellationToken)
        ?? options.DefaultSafeguards;

    /// <summary>Sets them, in the caller's transaction.</summary>
    public static Task SetAsync(NpgsqlConnection connection, Guid organizationId, Safeguards safeguards, CancellationToken cancellationToken) =>
        connection.Statement("""
            insert into platform.organization_safeguards (organization_id, deletion_grace_hours, immediate_deletion, two_person_rule, passkey_consents) values ($1, $2, $3, $4, $5)
            on conflict (organization_id) do update set deletion_grace_hours = $2, immediate_deletion = $3, two_person_rule = $4, passkey_consents = $5, changed_at = now()
            """, organizationId, safeguards.DeletionGraceHours, safeguards.ImmediateDeletion, safeguards.TwoPersonRule, safeguards.PasskeyConsents).RunAsync(cancellationToken);
}
