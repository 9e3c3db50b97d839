using System.Security.Cryptography;
using Beffroi.Contracts;
using Beffroi.Kernel;
using Beffroi.Platform.Keys.Providers;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Keys.Escrow;

/// <summary>
/// Recovers an organization whose key is gone for good, from the keys that its people opened with their shares: a new generation in a provider that works, everything
/// wrapped under it, the old generations given up. All in the caller's transaction. Stateless and safe for concurrent use.
/// </summary>
internal sealed class EscrowRecovery(KeyProviders providers, OrganizationKeys keys)
{
    // Of those that are named in a refusal.
    private const int Named = 5;

    /// <summary>What is wrong with what came back: one is missing, unknown to escrow, or not the key that was sealed. Null if each is right.</summary>
    public static Problem? Check(Guid organizationId, RegisteredEscrow escrow, IReadOnlyList<EscrowRow> rows, IReadOnlyList<RecoveredKey> recovered)
    {
        var unsealed = rows.Where(r => r.Sealed is not { } blob || !escrow.Key.IsFor(blob)).ToList();
        if (unsealed.Count > 0)
        {
            return Problem.Conflict(
                "escrow-incomplete", "Not everything had been sealed to the escrow key",
                $"{Names(unsealed)}: the organization's key was lost before they were. An organization is recovered wholly or not at all; delete the databases among them without grace (their data can't be read any more), "
                + "then recover the rest.");
        }

        var given = recovered.GroupBy(k => (k.OwnerId, k.Purpose, k.Generation)).ToDictionary(g => g.Key, g => g.First());
        var wrong = rows.Where(r => !(given.TryGetValue(Name(r), out var key)
            && CryptographicOperations.FixedTimeEquals(EscrowTable.Binding(organizationId, r.Blob.Context).Commitment(key.Key), r.Commitment!))).ToList();
        return wrong.Count == 0 ? null : Problem.Invalid(new FieldError(
            "keys", $"Of the {rows.Count} keys of the organization, {wrong.Count} are missing or are not the ones that were sealed: {Names(wrong)}.", "every key of the export, as it was opened"));
    }

    /// <summary>Makes the new generation and wraps every key under it.</summary>
    /// <returns>The new generation.</returns>
    /// <exception cref="KeyUnavailableException">The provider can't.</exception>
    public async Task<KeyGeneration> RecoverAsync(
        NpgsqlConnection connection, Guid organizationId, string providerName, IReadOnlyList<EscrowRow> rows, IReadOnlyList<RecoveredKey> recovered, CancellationToken cancellationToken)
    {
        var provider = providers.Get(providerName);
        var number = (await OrganizationKeyTable.ListAsync(connection, organizationId, cancellationToken)).Max(g => g.Key.Generation) + 1;
        var key = new ProviderKey(organizationId, number, await provider.CreateAsync(organizationId, number, cancellationToken));
        await provider.CheckAsync(key, cancellationToken);
        await connection.Statement("""
            update platform.organization_keys set state = 'lost', retired_at = coalesce(retired_at, now()), problem = null, refused_since = null
            where organization_id = $1 and state in ('active', 'retiring')
            """, organizationId).RunAsync(cancellationToken);
        await OrganizationKeyTable.InsertAsync(connection, key, provider.Name, cancellationToken);
        var generation = (await OrganizationKeyTable.ListAsync(connection, organizationId, cancellationToken)).Single(g => g.IsActive);
        var given = recovered.ToLookup(k => (k.OwnerId, k.Purpose, k.Generation));
        foreach (var row in rows)
        {
            using var secret = Secret.FromBytes(given[Name(row)].First().Key);
            await WrappedBlobs.ReplaceAsync(connection, row.Blob, await keys.WrapAsync(generation, row.Blob.Context, secret, cancellationToken), cancellationToken);
        }

        return generation;
    }

    private static (Guid OwnerId, string Purpose, int Generation) Name(EscrowRow row) => (row.Blob.Context.ResourceId, row.Blob.Context.Purpose, row.Blob.Context.Generation);

    private static string Names(List<EscrowRow> rows) =>
        string.Join(", ", rows.Take(Named).Select(r => $"{r.Blob.Context.Purpose} of {r.Owner}")) + (rows.Count > Named ? ", …" : "");
}
