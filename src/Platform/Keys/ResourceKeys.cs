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
        if ((await ListAsync(connection, organizationId, resourceId, cancellationToken)).Count > 0)
        {
            return;
        }

        using var key = Secret.Random(KeyLength);
        await InsertAsync(connection, organizationId, resourceId, generation: 1, key, cancellationToken);
    }

    public async Task<int> RotateAsync(NpgsqlConnection connection, Guid organizationId, Guid resourceId, CancellationToken cancellationToken)
    {
        await LockAsync(connection, resourceId, cancellationToken);
        var generations = await ListAsync(connection, organizationId, resourceId, cancellationToken);
        var next = generations.Count > 0 ? generations[0].Number + 1 : throw NoKey(resourceId);
        using var key = Secret.Random(KeyLength);
        await InsertAsync(connection, organizationId, resourceId, next, key, cancellationToken);
        await ResealAsync(connection, organizationId, resourceId, cancellationToken);
        return next;
    }

    public async Task<LedgerReason?> RetireAsync(
        NpgsqlConnection connection, Guid organizationId, Guid resourceId, IReadOnlyCollection<int> keep, CancellationToken cancellationToken)
    {
        await LockAsync(connection, resourceId, cancellationToken);
        await ResealAsync(connection, organizationId, resourceId, cancellationToken);
        return Told(await connection.Statement("""
            delete from platform.resource_keys
            where resource_id = $1 and organization_id = $2 and purpose = $3 and not generation = any($4)
                and generation < (select max(generation) from platform.resource_keys where resource_id = $1 and purpose = $3)
            returning generation, wrapped
            """, resourceId, organizationId, Purpose, keep.ToArray()).ListAsync(r => (r.GetInt32(0), r.GetFieldValue<byte[]>(1)), cancellationToken));
    }

    public async Task<Secret> DeriveAsync(
        NpgsqlConnection connection, Guid organizationId, Guid resourceId, string purpose, int length, CancellationToken cancellationToken, int? generation = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(purpose);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, 64);
        var generations = await ListAsync(connection, organizationId, resourceId, cancellationToken);
        var from = generations.FirstOrDefault(g => generation is null || g.Number == generation) ?? throw NoKey(resourceId);
        using var key = await OpenAsync(organizationId, resourceId, from, cancellationToken);
        return ResourceKeyUses.Derive(key, resourceId, purpose, length);
    }

    public async Task PutSecretAsync(
        NpgsqlConnection connection, Guid organizationId, Guid resourceId, string name, Secret value, CancellationToken cancellationToken)
    {
        await LockAsync(connection, resourceId, cancellationToken);
        var generations = await ListAsync(connection, organizationId, resourceId, cancellationToken);
        using var key = await SealingKeyAsync(organizationId, resourceId, generations.Count > 0 ? generations[0] : throw NoKey(resourceId), cancellationToken);
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
        // In one statement, which sees both as they were at one moment: between two, a generation may be retired that a secret was read under.
        var read = await connection.Statement("""
            select 0 as generation, sealed, name from platform.secrets where owner_id = $1 and name = any($2)
            union all
            select generation, wrapped, null from platform.resource_keys where resource_id = $1 and organization_id = $3 and purpose = $4
            order by generation desc
            """, resourceId, names.ToArray(), organizationId, Purpose)
            .ListAsync(r => (Generation: r.GetInt32(0), Blob: r.GetFieldValue<byte[]>(1), Name: r.IsDBNull(2) ? null : r.GetString(2)), cancellationToken);
        var left = read.Where(row => row.Name is not null).Select(row => (Name: row.Name!, row.Blob)).ToList();
        var generations = read.Where(row => row.Name is null).Select(row => new Generation(row.Generation, row.Blob)).ToList();
        var secrets = new Dictionary<string, Secret>(StringComparer.Ordinal);
        if (left.Count == 0)
        {
            return secrets;
        }

        foreach (var generation in generations.Count > 0 ? generations : throw NoKey(resourceId))
        {
            using var key = await SealingKeyAsync(organizationId, resourceId, generation, cancellationToken);
            foreach (var (name, blob) in left.Where(s => SealedBlob.IsUnder(key.Reveal(), s.Blob)).ToList())
            {
                secrets.Add(name, Open(key, resourceId, name, blob));
                left.Remove((name, blob));
            }

            if (left.Count == 0)
            {
                return secrets;
            }
        }

        throw Damaged(resourceId, left[0].Name);
    }

    public Task RetainSecretsAsync(NpgsqlConnection connection, Guid resourceId, string prefix, IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        connection.Statement(
                "delete from platform.secrets where owner_id = $1 and starts_with(name, $2) and not name = any($3)", resourceId, prefix, names.ToArray())
            .RunAsync(cancellationToken);

    public async Task<LedgerReason?> DestroyAsync(NpgsqlConnection connection, Guid resourceId, CancellationToken cancellationToken)
    {
        await connection.Statement("delete from platform.secrets where owner_id = $1", resourceId).RunAsync(cancellationToken);
        return Told(await connection.Statement("delete from platform.resource_keys where resource_id = $1 returning generation, wrapped", resourceId).ListAsync(
            r => (r.GetInt32(0), r.GetFieldValue<byte[]>(1)), cancellationToken));
    }

    private static LedgerReason? Told(List<(int Generation, byte[] Wrapped)> destroyed) => LedgerReason.Join("; ", destroyed.Select(Told));

    private static LedgerReason Told((int Generation, byte[] Wrapped) key) => $"generation {key.Generation}, SHA-256 of the wrapped key {LedgerReason.Sha256(key.Wrapped)}";

    private static KeyUnavailableException NoKey(Guid resourceId) => new($"Resource {resourceId} has no key in this organization: it was destroyed, or never made.");

    private static KeyUnavailableException Damaged(Guid resourceId, string name) =>
        new($"The secret {name} of {resourceId} was changed, or belongs elsewhere: it does not decrypt.");

    private static Secret Open(Secret key, Guid resourceId, string name, byte[] blob)
    {
        var plaintext = SealedBlob.Open(key.Reveal(), Context(resourceId, name), blob) ?? throw Damaged(resourceId, name);
        try
        {
            return Secret.FromBytes(plaintext);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    /// <summary>What is sealed under an older generation is sealed under the newest.</summary>
    private async Task ResealAsync(NpgsqlConnection connection, Guid organizationId, Guid resourceId, CancellationToken cancellationToken)
    {
        var names = await connection.Statement("select name from platform.secrets where owner_id = $1", resourceId).ListAsync(r => r.GetString(0), cancellationToken);
        if (names.Count == 0)
        {
            return;
        }

        var secrets = await GetSecretsAsync(connection, organizationId, resourceId, names, cancellationToken);
        using var key = await SealingKeyAsync(organizationId, resourceId, (await ListAsync(connection, organizationId, resourceId, cancellationToken))[0], cancellationToken);
        foreach (var (name, value) in secrets)
        {
            using (value)
            {
                await connection.Statement(
                        "update platform.secrets set sealed = $3 where owner_id = $1 and name = $2",
                        resourceId, name, SealedBlob.Seal(key.Reveal(), Context(resourceId, name), value.Reveal()))
                    .RunAsync(cancellationToken);
            }
        }
    }

    private async Task InsertAsync(NpgsqlConnection connection, Guid organizationId, Guid resourceId, int generation, Secret key, CancellationToken cancellationToken)
    {
        var context = new KeyContext(resourceId, Purpose, generation);
        var wrapped = await organizationKeys.WrapAsync(organizationId, context, key, cancellationToken);
        var (escrow, commitment) = await EscrowTable.SealAsync(connection, organizationId, context, key, cancellationToken);
        await connection.Statement("""
            insert into platform.resource_keys (id, organization_id, resource_id, purpose, generation, wrapped, escrow, commitment)
            values ($1, $2, $3, $4, $5, $6, $7::bytea, $8::bytea)
            on conflict (resource_id, purpose, generation) do nothing
            """, Guid.CreateVersion7(), organizationId, resourceId, Purpose, generation, wrapped, escrow, commitment).RunAsync(cancellationToken);
    }

    // Whoever seals under the newest generation waits for who makes a newer one, and the reverse.
    private static Task<int> LockAsync(NpgsqlConnection connection, Guid resourceId, CancellationToken cancellationToken) =>
        connection.Statement("select pg_advisory_xact_lock($1, hashtext($2))", SecretsLock, resourceId.ToString("N")).RunAsync(cancellationToken);

    // The first half of a two-part advisory lock: "bfrk".
    private const int SecretsLock = 0x6266_726b;

    private async Task<Secret> SealingKeyAsync(Guid organizationId, Guid resourceId, Generation generation, CancellationToken cancellationToken)
    {
        using var key = await OpenAsync(organizationId, resourceId, generation, cancellationToken);
        return ResourceKeyUses.ForSecrets(key, resourceId);
    }

    private Task<Secret> OpenAsync(Guid organizationId, Guid resourceId, Generation generation, CancellationToken cancellationToken) =>
        organizationKeys.UnwrapAsync(organizationId, new KeyContext(resourceId, Purpose, generation.Number), generation.Wrapped, cancellationToken);

    // The newest first.
    private static Task<List<Generation>> ListAsync(NpgsqlConnection connection, Guid organizationId, Guid resourceId, CancellationToken cancellationToken) =>
        connection.Statement(
                "select generation, wrapped from platform.resource_keys where resource_id = $1 and organization_id = $2 and purpose = $3 order by generation desc",
                resourceId, organizationId, Purpose)
            .ListAsync(r => new Generation(r.GetInt32(0), r.GetFieldValue<byte[]>(1)), cancellationToken);

    private sealed record Generation(int Number, byte[] Wrapped);

    private static byte[] Context(Guid resourceId, string name) => SealedBlob.Context("beffroi/secret/1", resourceId, Guid.Empty, 1, name);
}
