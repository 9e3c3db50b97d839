using Beffroi.Kernel;
using Npgsql;

namespace Beffroi.Platform.Resources;

/// <summary>
/// Desired and observed state of everything customers have. Every method works on the caller's connection and in its
/// transaction, if it has one. Each change that is shown emits an event. Safe for concurrent use on different connections.
/// </summary>
public interface IResources
{
    /// <summary>The resource, or null if there is none (any more).</summary>
    Task<ResourceRow?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken);

    /// <summary>The resource of that name, or null.</summary>
    Task<ResourceRow?> FindByNameAsync(NpgsqlConnection connection, Guid spaceId, string kind, string name, CancellationToken cancellationToken);

    /// <summary>As <see cref="FindByNameAsync"/>, and holds its row until the transaction ends.</summary>
    Task<ResourceRow?> LockByNameAsync(NpgsqlConnection connection, Guid spaceId, string kind, string name, CancellationToken cancellationToken);

    /// <summary>
    /// Those in the space whose names come after <paramref name="afterName"/> (null: from the start) and that carry every
    /// label of the selector, in order of name, at most <paramref name="limit"/>; of these <paramref name="only"/>, if it isn't null. No spares.
    /// </summary>
    Task<IReadOnlyList<ResourceRow>> ListAsync(
        NpgsqlConnection connection, Guid spaceId, string kind, string? afterName, LabelSelector selector, int limit, CancellationToken cancellationToken, Guid[]? only = null);

    /// <summary>
    /// Adds a resource with its first operation's id. False, and nothing is written, if the name is taken; a concurrent
    /// transaction that is taking it is waited for.
    /// </summary>
    Task<bool> InsertAsync(NpgsqlConnection connection, NewResource resource, Guid operationId, CancellationToken cancellationToken);

    /// <summary>
    /// Replaces spec and labels. The generation grows only if the spec changed. <paramref name="operationId"/> is null where
    /// nothing needs to be brought about (labels only).
    /// </summary>
    Task UpdateSpecAsync(
        NpgsqlConnection connection, Guid id, string spec, IReadOnlyDictionary<string, string> labels, Guid? operationId, CancellationToken cancellationToken);

    /// <summary>Marks the resource as to be deleted; only the first call sets the time. <paramref name="grace"/> is how long it can be undone; null for not at all.</summary>
    Task RequestDeletionAsync(NpgsqlConnection connection, Guid id, Guid operationId, TimeSpan? grace, CancellationToken cancellationToken);

    /// <summary>Takes a deletion back. False, and nothing is written, if there is none or its grace is over.</summary>
    Task<bool> UndoDeletionAsync(NpgsqlConnection connection, Guid id, Guid operationId, CancellationToken cancellationToken);

    /// <summary>Ends the grace of a deletion if it is over by the store's clock, and says whether it did: from then on it can't be undone.</summary>
    Task<bool> ExpireGraceAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken);

    /// <summary>Ends the grace of a deletion now.</summary>
    Task EndGraceAsync(NpgsqlConnection connection, Guid id, Guid operationId, CancellationToken cancellationToken);

    /// <summary>
    /// Records what a reconciler observed (both JSON). Raises the revision and emits an event only if the status changed.
    /// Absence of the resource is ignored.
    /// </summary>
    Task UpdateObservedAsync(NpgsqlConnection connection, Guid id, string status, string internalState, CancellationToken cancellationToken);

    /// <summary>Deletes the row and emits <c>deleted</c>. Absence is success.</summary>
    Task RemoveAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken);
}
