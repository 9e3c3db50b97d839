using Beffroi.Kernel;
using Npgsql;

namespace Beffroi.Platform.Keys;

/// <summary>
/// Each resource's own key, wrapped by its organization's; from it come volume keys and the sealing of secrets.
/// Destroying it makes all of them unreadable. It has generations, of which the newest counts; older ones stay for as long as something is under them.
/// Safe for concurrent use.
/// </summary>
public interface IResourceKeys
{
    /// <summary>Ensures the resource has a key; to be called in a fenced transaction.</summary>
    Task EnsureAsync(NpgsqlConnection connection, Guid organizationId, Guid resourceId, CancellationToken cancellationToken);

    /// <summary>
    /// Draws a further generation and puts the resource's secrets under it; to be called in a fenced transaction. Returns its number. What is derived
    /// from older ones stays as it is until it is made anew.
    /// </summary>
    Task<int> RotateAsync(NpgsqlConnection connection, Guid organizationId, Guid resourceId, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes all generations but the newest and those in <paramref name="keep"/>; to be called in a fenced transaction. Returns, for the ledger, which
    /// they were, as <see cref="DestroyAsync"/> does; null if there was none.
    /// </summary>
    Task<LedgerReason?> RetireAsync(
        NpgsqlConnection connection, Guid organizationId, Guid resourceId, IReadOnlyCollection<int> keep, CancellationToken cancellationToken);

    /// <summary>
    /// A key derived from the resource's (HKDF, RFC 5869) for one purpose. Throws <see cref="KeyUnavailableException"/> when there is none.
    /// </summary>
    /// <param name="connection">Any connection to the store.</param>
    /// <param name="organizationId">The owner.</param>
    /// <param name="resourceId">Whose key.</param>
    /// <param name="purpose">e.g. <c>volume</c>.</param>
    /// <param name="length">In bytes, 16 to 64.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <param name="generation">Of the resource's key; null for the newest.</param>
    Task<Secret> DeriveAsync(
        NpgsqlConnection connection, Guid organizationId, Guid resourceId, string purpose, int length, CancellationToken cancellationToken, int? generation = null);

    /// <summary>Stores a secret under the resource's key, replacing one of that name.</summary>
    Task PutSecretAsync(NpgsqlConnection connection, Guid organizationId, Guid resourceId, string name, Secret value, CancellationToken cancellationToken);

    /// <summary>Reads it; null if there is none of that name.</summary>
    Task<Secret?> GetSecretAsync(NpgsqlConnection connection, Guid organizationId, Guid resourceId, string name, CancellationToken cancellationToken);

    /// <summary>Reads several, opening the key once. What there is not is left out. The caller disposes of each.</summary>
    Task<IReadOnlyDictionary<string, Secret>> GetSecretsAsync(
        NpgsqlConnection connection, Guid organizationId, Guid resourceId, IReadOnlyCollection<string> names, CancellationToken cancellationToken);

    /// <summary>Deletes those secrets of the resource whose name begins with <paramref name="prefix"/> and is not among <paramref name="names"/>.</summary>
    Task RetainSecretsAsync(NpgsqlConnection connection, Guid resourceId, string prefix, IReadOnlyCollection<string> names, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes the resource's key and secrets. Returns, for the ledger, which keys they were: generation and hash of the wrapped key. Null if there was none.
    /// </summary>
    Task<LedgerReason?> DestroyAsync(NpgsqlConnection connection, Guid resourceId, CancellationToken cancellationToken);
}
