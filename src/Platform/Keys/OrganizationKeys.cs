using Beffroi.Kernel;
using Beffroi.Platform.Keys.Providers;
using Beffroi.Reconciling;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Beffroi.Platform.Keys;

/// <summary>
/// Hands each use of an organization's key to the provider that has it. What is stored tells by its fingerprint under which generation it is. Nothing is
/// kept in memory: whether the organization is sealed, and which generations it has, is read at each use.
/// </summary>
/// <param name="source">
/// A pool of its own: who uses a key mostly has a connection, often with a lock. From the same pool, as many of those as it has connections would all wait for one more.
/// </param>
/// <param name="providers">Where keys are.</param>
/// <param name="signals">Tell that there is a new key.</param>
internal sealed class OrganizationKeys([FromKeyedServices(OrganizationKeys.Connections)] NpgsqlDataSource source, KeyProviders providers, ISignals signals) : IOrganizationKeys
{
    /// <summary>The pool that nobody else takes a connection from.</summary>
    internal const string Connections = "organization-keys";

    /// <summary>Of that pool. Each is had for two short queries, and at the making of a key.</summary>
    internal const int MostConnections = 8;

    public async Task EnsureAsync(Guid organizationId, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if ((await SealTable.FindAsync(connection, organizationId, cancellationToken)) is { IsSealed: true } seal)
        {
            throw new OrganizationSealedException(seal.Reason);
        }

        await OrganizationKeyTable.LockAsync(connection, organizationId, cancellationToken);
        var known = await OrganizationKeyTable.ListAsync(connection, organizationId, cancellationToken);
        if (known.Count > 0)
        {
            var active = known.Single(k => k.IsActive);
            await providers.Get(active.Provider).CheckAsync(active.Key, cancellationToken);
            return;
        }

        var provider = await providers.DefaultAsync(connection, organizationId, cancellationToken);
        var fingerprint = await provider.CreateAsync(organizationId, 1, cancellationToken);
        await OrganizationKeyTable.InsertAsync(connection, new ProviderKey(organizationId, 1, fingerprint), provider.Name, cancellationToken);
        if (organizationId != Guid.Empty)
        {
            await signals.SignalAsync(connection, new WorkKey(KeyReconciling.Kind, organizationId), cancellationToken: cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    public async Task<byte[]> WrapAsync(Guid organizationId, KeyContext context, Secret plaintext, CancellationToken cancellationToken)
    {
        var active = (await UsableAsync(organizationId, cancellationToken)).FirstOrDefault(k => k.IsActive) ?? throw None(organizationId);
        return await WrapAsync(active, context, plaintext, cancellationToken);
    }

    public async Task<Secret> UnwrapAsync(Guid organizationId, KeyContext context, byte[] wrapped, CancellationToken cancellationToken)
    {
        var usable = await UsableAsync(organizationId, cancellationToken);
        return usable.Count > 0 ? await UnwrapAsync(usable, context, wrapped, cancellationToken) : throw None(organizationId);
    }

    /// <summary>Wraps under this very generation, whether the organization is sealed or not.</summary>
    internal Task<byte[]> WrapAsync(KeyGeneration generation, KeyContext context, Secret plaintext, CancellationToken cancellationToken) =>
        providers.Get(generation.Provider).WrapAsync(generation.Key, Bytes(generation.Key.OrganizationId, context), plaintext, cancellationToken);

    /// <summary>Unwraps under whichever of these generations the blob names.</summary>
    internal async Task<Secret> UnwrapAsync(IReadOnlyList<KeyGeneration> usable, KeyContext context, byte[] wrapped, CancellationToken cancellationToken)
    {
        var organizationId = usable[0].Key.OrganizationId;
        var generation = usable.FirstOrDefault(k => SealedBlob.IsUnder(k.Key, wrapped)) ?? throw new KeyUnavailableException(
            $"What was stored as {context.Purpose} of {context.ResourceId} was encrypted under another key than the present ones of organization {organizationId}.");
        try
        {
            return await providers.Get(generation.Provider).UnwrapAsync(generation.Key, Bytes(organizationId, context), wrapped, cancellationToken);
        }
        catch (KeyUnavailableException e) when (e is not KeyRefusedException)
        {
            throw new KeyUnavailableException($"What was stored as {context.Purpose} of {context.ResourceId} can't be decrypted. {e.Message}", e);
        }
    }

    private static byte[] Bytes(Guid organizationId, KeyContext context) =>
        SealedBlob.Context("beffroi/organization-key/1", organizationId, context.ResourceId, context.Generation, context.Purpose);

    private static KeyUnavailableException None(Guid organizationId) => new($"The organization {organizationId} has no key yet.");

    private async Task<IReadOnlyList<KeyGeneration>> UsableAsync(Guid organizationId, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await SealTable.FindAsync(connection, organizationId, cancellationToken) is { IsSealed: true } seal
            ? throw new OrganizationSealedException(seal.Reason)
            : (IReadOnlyList<KeyGeneration>)[.. (await OrganizationKeyTable.ListAsync(connection, organizationId, cancellationToken)).Where(k => k.IsUsable)];
    }
}
