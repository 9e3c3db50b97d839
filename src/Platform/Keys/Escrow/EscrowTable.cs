using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Pki;
using Beffroi.Platform.Store;
using Beffroi.Transparency.Escrow;
using Npgsql;

namespace Beffroi.Platform.Keys.Escrow;

/// <summary>An organization's escrow key.</summary>
/// <param name="Key">Its public half.</param>
/// <param name="RegisteredBy">Who registered it.</param>
/// <param name="RegisteredAt">UTC.</param>
internal sealed record RegisteredEscrow(EscrowPublicKey Key, string RegisteredBy, DateTimeOffset RegisteredAt);

/// <summary>A wrapped key, with what escrow has of it.</summary>
/// <param name="Blob">As it is wrapped.</param>
/// <param name="Sealed">As it is sealed to an escrow key; null if it isn't.</param>
/// <param name="Commitment">By which it is known; null if it isn't sealed.</param>
/// <param name="Owner">The owner's name.</param>
/// <param name="Kind">The owner's kind.</param>
internal sealed record EscrowRow(WrappedBlob Blob, byte[]? Sealed, byte[]? Commitment, string Owner, string Kind);

/// <summary>The rows of escrow. Each method works in the caller's transaction.</summary>
internal static class EscrowTable
{
    // Bytes 2 to 9 of what is sealed are the mark of its escrow key.
    private const string NotUnder = "(b.escrow is null or substring(b.escrow from 2 for 8) <> $2)";

    public static async Task<RegisteredEscrow?> FindAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        await connection.Statement("select public_key, registered_by, registered_at from platform.escrow_keys where organization_id = $1", organizationId)
            .FirstAsync(r => Tuple.Create(r.GetString(0), r.GetString(1), r.GetFieldValue<DateTimeOffset>(2)), cancellationToken) is var (pem, by, at)
            ? new RegisteredEscrow(EscrowPublicKey.Parse(pem) ?? throw new InvalidDataException($"The escrow key of organization {organizationId} is damaged in the store."), by, at)
            : null;

    public static Task PutAsync(NpgsqlConnection connection, Guid organizationId, EscrowPublicKey key, string registeredBy, CancellationToken cancellationToken) =>
        connection.Statement("""
            insert into platform.escrow_keys (organization_id, public_key, registered_by) values ($1, $2, $3)
            on conflict (organization_id) do update set public_key = excluded.public_key, registered_by = excluded.registered_by, registered_at = now()
            """, organizationId, key.Pem, registeredBy).RunAsync(cancellationToken);

    /// <summary>Removes the escrow key, and all that is sealed to it.</summary>
    public static async Task RemoveAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken)
    {
        await connection.Statement("delete from platform.escrow_keys where organization_id = $1", organizationId).RunAsync(cancellationToken);
        await DropAsync(connection, organizationId, cancellationToken);
    }

    /// <summary>Drops all that is sealed to any escrow key.</summary>
    /// <returns>How many keys that were.</returns>
    public static async Task<int> DropAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        await connection.Statement(
            "update platform.resource_keys set escrow = null, commitment = null where organization_id = $1 and escrow is not null", organizationId).RunAsync(cancellationToken)
        + await connection.Statement(
            $"update platform.authorities a set escrow = null, commitment = null where a.escrow is not null and a.owner_id in ({AuthorityId.OwnersOfOrganization})", organizationId).RunAsync(cancellationToken);

    /// <summary>A key that is being made, sealed to its organization's escrow key; two nulls where there is none.</summary>
    public static async Task<(byte[]? Sealed, byte[]? Commitment)> SealAsync(
        NpgsqlConnection connection, Guid organizationId, KeyContext context, Secret key, CancellationToken cancellationToken) =>
        await FindAsync(connection, organizationId, cancellationToken) is { } escrow
            ? (escrow.Key.Seal(Binding(organizationId, context), key), Binding(organizationId, context).Commitment(key.Reveal()))
            : (null, null);

    /// <summary>How many keys are sealed to the escrow key with this mark, and how many are not.</summary>
    public static async Task<(long Sealed, long Left)> CountAsync(NpgsqlConnection connection, Guid organizationId, byte[] mark, CancellationToken cancellationToken) =>
        (await connection.Statement(
            "select count(*) filter (where not " + NotUnder + "), count(*) filter (where " + NotUnder + ") from (" + WrappedBlobs.All + ") b", organizationId, mark)
            .ListAsync(r => (r.GetInt64(0), r.GetInt64(1)), cancellationToken))[0];

    /// <summary>Some that are not sealed to it.</summary>
    public static Task<List<WrappedBlob>> ListLeftAsync(NpgsqlConnection connection, Guid organizationId, byte[] mark, int limit, CancellationToken cancellationToken) =>
        connection.Statement(
            "select place, owner, purpose, generation, wrapped from (" + WrappedBlobs.All + ") b where " + NotUnder + " order by owner, purpose limit $3", organizationId, mark, limit)
            .ListAsync(WrappedBlobs.Read, cancellationToken);

    /// <summary>Every wrapped key of the organization, by owner.</summary>
    public static Task<List<EscrowRow>> ListAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        connection.Statement(
            "select b.place, b.owner, b.purpose, b.generation, b.wrapped, b.escrow, b.commitment, "
            + "coalesce(s.name || '/' || r.name, s.name, b.owner::text), coalesce(r.kind, 'space') from (" + WrappedBlobs.All + ") b "
            + "left join platform.resources r on r.id = b.owner left join platform.spaces s on s.id = coalesce(r.space_id, b.owner) order by 8, b.purpose, b.generation", organizationId)
            .ListAsync(
                r => new EscrowRow(
                    WrappedBlobs.Read(r), r.IsDBNull(5) ? null : r.GetFieldValue<byte[]>(5), r.IsDBNull(6) ? null : r.GetFieldValue<byte[]>(6), r.GetString(7), r.GetString(8)),
                cancellationToken);

    /// <summary>Notes what a key is sealed as, if it is still the one that was read.</summary>
    public static Task NoteAsync(NpgsqlConnection connection, WrappedBlob blob, byte[] sealedKey, byte[] commitment, CancellationToken cancellationToken) => blob.Place == "key"
        ? connection.Statement(
            "update platform.resource_keys set escrow = $5, commitment = $6 where resource_id = $1 and purpose = $2 and generation = $3 and wrapped = $4",
            blob.Context.ResourceId, blob.Context.Purpose, blob.Context.Generation, blob.Wrapped, sealedKey, commitment).RunAsync(cancellationToken)
        : connection.Statement(
            "update platform.authorities set escrow = $3, commitment = $4 where owner_id = $1 and sealed_key = $2", blob.Context.ResourceId, blob.Wrapped, sealedKey, commitment)
            .RunAsync(cancellationToken);

    /// <summary>As the API shows it.</summary>
    public static async Task<KeyEscrow> ViewAsync(NpgsqlConnection connection, Guid organizationId, string organization, CancellationToken cancellationToken)
    {
        if (await FindAsync(connection, organizationId, cancellationToken) is not { } escrow)
        {
            return new KeyEscrow(organization, null, null, null, null, 0, 0);
        }

        var (done, left) = await CountAsync(connection, organizationId, escrow.Key.Mark, cancellationToken);
        return new KeyEscrow(organization, escrow.Key.Pem, escrow.Key.Fingerprint, escrow.RegisteredBy, escrow.RegisteredAt, done, left);
    }

    /// <summary>As its owner keeps it.</summary>
    public static async Task<EscrowExport?> ExportAsync(
        NpgsqlConnection connection, Guid organizationId, string organization, DateTimeOffset now, CancellationToken cancellationToken) =>
        await FindAsync(connection, organizationId, cancellationToken) is not { } escrow ? null : new EscrowExport(
            EscrowExport.CurrentFormat, organization, organizationId, escrow.Key.Pem, escrow.Key.Fingerprint, now,
            [.. (await ListAsync(connection, organizationId, cancellationToken)).Select(row => new EscrowedKey(
                row.Owner, row.Kind, row.Blob.Context.ResourceId, row.Blob.Context.Purpose, row.Blob.Context.Generation,
                row.Sealed is { } blob && escrow.Key.IsFor(blob) ? Convert.ToHexStringLower(row.Commitment!) : null, row.Sealed is { } known && escrow.Key.IsFor(known) ? known : null))]);

    public static EscrowBinding Binding(Guid organizationId, KeyContext context) => new(organizationId, context.ResourceId, context.Purpose, context.Generation);
}
