using Beffroi.Platform.Pki;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Keys;

/// <summary>Something that is wrapped under an organization's key.</summary>
/// <param name="Place">Which table: <c>key</c> or <c>authority</c>.</param>
/// <param name="Context">What it is bound to.</param>
/// <param name="Wrapped">As it was read.</param>
internal sealed record WrappedBlob(string Place, KeyContext Context, byte[] Wrapped);

/// <summary>All that is wrapped under an organization's key: resources' keys, and the private keys of its spaces' and its databases' authorities.</summary>
internal static class WrappedBlobs
{
    // Bytes 2 to 9 of every blob are the fingerprint of its key.
    internal const string All = $"""
        select 'key' as place, resource_id as owner, purpose, generation, wrapped, escrow, commitment from platform.resource_keys where organization_id = $1
        union all
        select 'authority', a.owner_id, 'authority/' || a.purpose, 1, a.sealed_key, a.escrow, a.commitment
        from platform.authorities a
        where a.owner_id in ({AuthorityId.OwnersOfOrganization})
        """;

    public static async Task<long> CountAsync(NpgsqlConnection connection, Guid organizationId, byte[] fingerprint, CancellationToken cancellationToken) =>
        (await connection.Statement("select count(*) from (" + All + ") b where substring(wrapped from 2 for 8) <> $2", organizationId, fingerprint)
            .ListAsync(r => r.GetInt64(0), cancellationToken))[0];

    public static Task<List<WrappedBlob>> ListAsync(NpgsqlConnection connection, Guid organizationId, byte[] otherThan, int limit, CancellationToken cancellationToken) =>
        connection.Statement(
            "select place, owner, purpose, generation, wrapped from (" + All + ") b where substring(wrapped from 2 for 8) <> $2 limit $3", organizationId, otherThan, limit)
            .ListAsync(Read, cancellationToken);

    /// <summary>From place, owner, purpose, generation and what is wrapped, in this order.</summary>
    public static WrappedBlob Read(NpgsqlDataReader r) => new(r.GetString(0), new KeyContext(r.GetGuid(1), r.GetString(2), r.GetInt32(3)), r.GetFieldValue<byte[]>(4));

    /// <summary>Puts the new blob in the place of the old one, if that is still there.</summary>
    public static Task ReplaceAsync(NpgsqlConnection connection, WrappedBlob old, byte[] wrapped, CancellationToken cancellationToken) => old.Place == "key"
        ? connection.Statement(
            "update platform.resource_keys set wrapped = $5 where resource_id = $1 and purpose = $2 and generation = $3 and wrapped = $4",
            old.Context.ResourceId, old.Context.Purpose, old.Context.Generation, old.Wrapped, wrapped).RunAsync(cancellationToken)
        : connection.Statement(
            "update platform.authorities set sealed_key = $3 where owner_id = $1 and sealed_key = $2", old.Context.ResourceId, old.Wrapped, wrapped).RunAsync(cancellationToken);
}
