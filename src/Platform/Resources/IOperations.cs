using Beffroi.Contracts;
using Npgsql;

namespace Beffroi.Platform.Resources;

/// <summary>
/// The visible progress of changes. Every method works on the caller's connection and in its transaction, if it has one; each
/// visible change emits an event. Safe for concurrent use on different connections.
/// </summary>
public interface IOperations
{
    /// <summary>The operation, or null.</summary>
    Task<Operation?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken);

    /// <summary>The operation if it is of that space, or null.</summary>
    Task<Operation?> FindInSpaceAsync(NpgsqlConnection connection, Guid spaceId, Guid id, CancellationToken cancellationToken);

    /// <summary>
    /// The space's operations, newest first, at most <paramref name="limit"/>, older than the operation <paramref name="before"/>
    /// (null: from the newest). Ids are of version 7: they sort by age.
    /// </summary>
    Task<IReadOnlyList<Operation>> ListAsync(NpgsqlConnection connection, Guid spaceId, Guid? before, int limit, CancellationToken cancellationToken);

    /// <summary>Begins an operation, <c>running</c>, and marks those of the same resource that still run as superseded.</summary>
    Task CreateAsync(NpgsqlConnection connection, NewOperation operation, CancellationToken cancellationToken);

    /// <summary>
    /// Records progress. Nothing happens if nothing differs, nor to an operation that is <c>succeeded</c> or <c>superseded</c>; those
    /// two states set the time of its end.
    /// </summary>
    Task UpdateAsync(
        NpgsqlConnection connection, Guid id, string state, string message, IReadOnlyList<OperationStep> steps, CancellationToken cancellationToken);

    /// <summary>Whether anyone, of whatever organization, waits for a creation or change that began less than <paramref name="within"/> ago.</summary>
    Task<bool> AnyoneWaitsAsync(NpgsqlConnection connection, TimeSpan within, CancellationToken cancellationToken);

    /// <summary>Marks every running operation of the resource as superseded.</summary>
    Task SupersedeAsync(NpgsqlConnection connection, Guid resourceId, string message, CancellationToken cancellationToken);
}

/// <summary>An operation to begin.</summary>
/// <param name="Id">A new id, version 7.</param>
/// <param name="SpaceId">Of the resource.</param>
/// <param name="ResourceId">The resource.</param>
/// <param name="ResourceKind">Its kind.</param>
/// <param name="ResourceName">Its name.</param>
/// <param name="Verb"><c>create</c>, <c>update</c> or <c>delete</c>.</param>
/// <param name="Generation">The generation of the spec that it brings about.</param>
/// <param name="Message">What it is waiting for, in a person's words.</param>
public sealed record NewOperation(
    Guid Id, Guid SpaceId, Guid ResourceId, string ResourceKind, string ResourceName, string Verb, long Generation, string Message);
