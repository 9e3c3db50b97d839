using System.Security.Cryptography;
using Beffroi.Kernel;
using Beffroi.Platform.Keys.Escrow;
using Beffroi.Platform.Store;
using Beffroi.Transparency.Escrow;
using Npgsql;

namespace Beffroi.Platform.Keys;

/// <summary>
/// A resource's key is 32 random bytes, stored wrapped. Every use derives a key of its own from it by HKDF-SHA-256 with the
/// resource's id as salt and the use as info, so that no two uses share a key.
/// </summary>
internal sealed class ResourceKeys(IOrganizationKeys organizationKeys) : IResourceKeys
{
    private const string Purpose = "resource-key";
    private const int KeyLength = 32;

    public async Task EnsureAsync(NpgsqlConnection connection, Guid organizationId, Guid resourceId, CancellationToken cancellationToken)
    {
        if (await WrappedAsync(connection, organizationId, resourceId, cancellationToken) is not null)
        {
            return;
        }

        using var key = Secret.Random(KeyLength);
        var context = new KeyContext(resourceId, Purpose);
        var wrapped = await organizationKeys.WrapAsync(organizationId, context, key, cancellationToken);
        var (escrow, commitment) = await EscrowTable.SealAsync(connection, organizationId, context, key, cancellationToken);
        await connection.Statement("""
            insert into platform.resource_keys (id, organization_id, resource_id, purpose, wrapped, escrow, commitment) values ($1, $2, $3, $4, $5, $6::bytea, $7::bytea)
            on conflict (resource_id, purpose, generation) do nothing
            """, Guid.CreateVersion7(), organizationId, resourceId, Purpose, wrapped, escrow, commitment).RunAsync(cancellationToken);
    }

    public async Task<Secret> DeriveAsync(
        NpgsqlConnection connection, Guid organizationId, Guid resourceId, string purpose, int length, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(purpose);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, 64);
        using var key = await OpenAsync(connection, organizationId, resourceId, cancellationToken);
        return ResourceKeyUses.Derive(key, resourceId, purpose, length);
    }

    public async Task PutSecretAsync(
        NpgsqlConnection connection, Guid organizationId, Guid resourceId, string name, Secret value, CancellationToken cancellationToken)
    {
        using var key = await SealingKeyAsync(connection, organizationId, resourceId, cancellationToken);
        await connection.Statement("""
            insert into platform.secrets (owner_id, name, sealed) values ($1, $2, $3)
            on conflict (owner_id, name) do update set sealed = excluded.sealed, created_at = now()
            """, resourceId, name, SealedBlob.Seal(key.Reveal(), Context(resourceId, name), value.Reveal())).RunAsync(cancellationToken);
    }

    public async Task<Secret?> GetSecretAsync(
        NpgsqlConnection connection, Guid organizationId, Guid resourceId, string name, CancellationToken cancellationToken) =>
        (await GetSecretsAsync(connection, organizationId, resourceId, [name], cancellationToken)).GetValueOrDefault(name);

    public async Task<IReadOnlyDictionary<string, Secret>> GetSecretsAsync(
        NpgsqlConnection connection, Guid organizationId, Guid resourceId, IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var sealedSecrets = await connection.Statement("select name, sealed from platform.secrets where owner_id = $1 and name = any($2)", resourceId, names.ToArray())
            .ListAsync(r => (Name: r.GetString(0), Blob: r.GetFieldValue<byte[]>(1)), cancellationToken);
        var secrets = new Dictionary<string, Secret>(StringComparer.Ordinal);
        if (sealedSecrets.Count == 0)
        {
            return secrets;
        }

        using var key = await SealingKeyAsync(connection, organizationId, resourceId, cancellationToken);
        foreach (var (name, blob) in sealedSecrets)
        {
            var plaintext = SealedBlob.Open(key.Reveal(), Context(resourceId, name), blob)
                ?? throw new KeyUnavailableException($"The secret {name} of {resourceId} was changed, or belongs elsewhere: it does not decrypt.");
            secrets.Add(name, Secret.FromBytes(plaintext));
            CryptographicOperations.ZeroMemory(plaintext);
        }

        return secrets;
    }

    public Task RetainSecretsAsync(NpgsqlConnection connection, Guid resourceId, string prefix, IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        connection.Statement(
                "delete from platform.secrets where owner_id = $1 and starts_with(name, $2) and not name = any($3)", resourceId, prefix, names.ToArray())
            .RunAsync(cancellationToken);

    public async Task<string?> DestroyAsync(NpgsqlConnection connection, Guid resourceId, CancellationToken cancellationToken)
    {
        await connection.Statement("delete from platform.secrets where owner_id = $1", resourceId).RunAsync(cancellationToken);
        var keys = await connection.Statement("delete from platform.resource_keys where resource_id = $1 returning generation, wrapped", resourceId).ListAsync(
            r => $"generation {r.GetInt32(0)}, SHA-256 of the wrapped key {Convert.ToHexStringLower(SHA256.HashData(r.GetFieldValue<byte[]>(1)))}", cancellationToken);
        return keys.Count == 0 ? null : string.Join("; ", keys);
    }

    private async Task<Secret> SealingKeyAsync(NpgsqlConnection connection, Guid organizationId, Guid resourceId, CancellationToken cancellationToken)
    {
        using var key = await OpenAsync(connection, organizationId, resourceId, cancellationToken);
        return ResourceKeyUses.ForSecrets(key, resourceId);
    }

    private async Task<Secret> OpenAsync(NpgsqlConnection connection, Guid organizationId, Guid resourceId, CancellationToken cancellationToken)
    {
        var wrapped = await WrappedAsync(connection, organizationId, resourceId, cancellationToken)
            ?? throw new KeyUnavailableException($"Resource {resourceId} has no key in this organization: it was destroyed, or never made.");
        return await organizationKeys.UnwrapAsync(organizationId, new KeyContext(resourceId, Purpose), wrapped, cancellationToken);
    }

    private static Task<byte[]?> WrappedAsync(NpgsqlConnection connection, Guid organizationId, Guid resourceId, CancellationToken cancellationToken) =>
        connection.Statement(
                "select wrapped from platform.resource_keys where resource_id = $1 and organization_id = $2 and purpose = $3 and generation = 1",
                resourceId, organizationId, Purpose)
            .FirstAsync(r => r.GetFieldValue<byte[]>(0), cancellationToken);

    private static byte[] Context(Guid resourceId, string name) => SealedBlob.Context("beffroi/secret/1", resourceId, Guid.Empty, 1, name);
}
