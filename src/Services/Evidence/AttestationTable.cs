using Beffroi.Contracts.Evidence;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Services.Evidence;

/// <summary>Attestations in the store: an organization's own, and with null the operator's. Each method works in the caller's transaction and decides nothing.</summary>
internal static class AttestationTable
{
    /// <summary>Those of a framework that an organization sees: its own and the operator's. With null, the operator's.</summary>
    public static async Task<IReadOnlyList<Attestation>> ListAsync(NpgsqlConnection connection, Guid? organizationId, string framework, CancellationToken cancellationToken) =>
        await connection.Statement("""
            select framework, requirement, case when organization_id is null then 'operator' else 'customer' end, statement, document_sha256, attested_by, attested_at, valid_until
            from platform.evidence_attestations where framework = $2 and (organization_id is null or organization_id = $1::uuid) order by requirement, organization_id nulls first
            """, organizationId, framework).ListAsync(
            r => new Attestation(
                r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.IsDBNull(4) ? null : r.GetString(4), r.GetString(5), r.GetFieldValue<DateTimeOffset>(6),
                r.GetFieldValue<DateOnly>(7)),
            cancellationToken);

    /// <summary>Keeps one in the place of the one that the same side gave before.</summary>
    public static Task KeepAsync(NpgsqlConnection connection, Guid? organizationId, Attestation attestation, CancellationToken cancellationToken) =>
        connection.Statement("""
            insert into platform.evidence_attestations (id, organization_id, framework, requirement, statement, document_sha256, attested_by, attested_at, valid_until)
            values ($1, $2::uuid, $3, $4, $5, $6::text, $7, $8, $9)
            on conflict (organization_id, framework, requirement) do update set
                statement = excluded.statement, document_sha256 = excluded.document_sha256, attested_by = excluded.attested_by, attested_at = excluded.attested_at,
                valid_until = excluded.valid_until
            """, Guid.CreateVersion7(), organizationId, attestation.Framework, attestation.Requirement, attestation.Statement, attestation.DocumentSha256, attestation.AttestedBy,
            attestation.AttestedAt, attestation.ValidUntil).RunAsync(cancellationToken);

    /// <summary>Removes one; false if there is none.</summary>
    public static async Task<bool> RemoveAsync(NpgsqlConnection connection, Guid? organizationId, string framework, string requirement, CancellationToken cancellationToken) =>
        await connection.Statement(
            "delete from platform.evidence_attestations where organization_id is not distinct from $1::uuid and framework = $2 and requirement = $3", organizationId, framework, requirement)
            .RunAsync(cancellationToken) > 0;
}
