using Beffroi.Platform.Keys.Providers;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Keys;

/// <summary>A generation of an organization's key as the store knows it.</summary>
/// <param name="Key">Which.</param>
/// <param name="Provider">The provider's name.</param>
/// <param name="State"><c>active</c> (wraps), <c>retiring</c> (only unwraps), <c>destroyed</c>, <c>left</c> where the provider keeps its destruction to its owner, or <c>lost</c> with its provider.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="RetiredAt">UTC; null while active.</param>
/// <param name="DestroyedAt">UTC; null while it is there.</param>
internal sealed record KeyGeneration(ProviderKey Key, string Provider, string State, DateTimeOffset CreatedAt, DateTimeOffset? RetiredAt, DateTimeOffset? DestroyedAt)
{
    public bool IsActive => State == "active";

    public bool IsUsable => State is "active" or "retiring";
}

/// <summary>The rows of organizations' keys.</summary>
internal static class OrganizationKeyTable
{
    /// <summary>Every generation that ever was, oldest first.</summary>
    public static Task<List<KeyGeneration>> ListAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        connection.Statement("""
            select generation, fingerprint, provider, state, created_at, retired_at, destroyed_at
            from platform.organization_keys where organization_id = $1 order by generation
            """, organizationId).ListAsync(
            r => new KeyGeneration(
                new ProviderKey(organizationId, r.GetInt32(0), r.GetFieldValue<byte[]>(1)), r.GetString(2), r.GetString(3),
                r.GetFieldValue<DateTimeOffset>(4), r.Nullable<DateTimeOffset>(5), r.Nullable<DateTimeOffset>(6)), cancellationToken);

    /// <summary>Adds an active generation. To be called in a transaction that has made the one before retiring.</summary>
    public static Task InsertAsync(NpgsqlConnection connection, ProviderKey key, string provider, CancellationToken cancellationToken) =>
        connection.Statement(
            "insert into platform.organization_keys (organization_id, generation, provider, fingerprint) values ($1, $2, $3, $4)",
            key.OrganizationId, key.Generation, provider, key.Fingerprint).RunAsync(cancellationToken);

    /// <summary>One at a time makes keys for an organization, until the transaction ends.</summary>
    public static Task LockAsync(NpgsqlConnection connection, Guid organizationId, CancellationToken cancellationToken) =>
        connection.Statement("select pg_advisory_xact_lock($1, hashtext($2))", KeysLock, organizationId.ToString("N")).RunAsync(cancellationToken);

    // The first half of a two-part advisory lock: "bfok".
    private const int KeysLock = 0x6266_6f6b;
}
