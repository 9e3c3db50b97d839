using Npgsql;

namespace Beffroi.Platform.Resources;

/// <summary>
/// Resources that are prepared before anyone asks for them. A spare is a resource like any other (own id, key, volume, reconciled by
/// the same recipe), but it is in no list and no event, has no operation, and its name can't be a customer's. It belongs to its space from the first
/// instant and never leaves it. Its generation is 0, so that a pass over the spare ends where it is taken. Every method works on the caller's
/// connection and in its transaction. Safe for concurrent use on different connections.
/// </summary>
public interface ISpares
{
    /// <summary>The space's spare, or null; also one that is being deleted.</summary>
    Task<ResourceRow?> FindAsync(NpgsqlConnection connection, Guid spaceId, string kind, CancellationToken cancellationToken);

    /// <summary>
    /// As <see cref="FindAsync"/>, and holds its row until the transaction ends. Null also if another transaction holds it (it is being taken
    /// or written at this moment) or if it is being deleted: whoever asks does without.
    /// </summary>
    Task<ResourceRow?> LockAsync(NpgsqlConnection connection, Guid spaceId, string kind, CancellationToken cancellationToken);

    /// <summary>Adds a spare. False if the space has one already.</summary>
    Task<bool> PrepareAsync(NpgsqlConnection connection, NewSpare spare, CancellationToken cancellationToken);

    /// <summary>
    /// Makes a spare that the transaction holds a customer's: from here on it is the resource that was asked for, at generation 1, with the
    /// spare's id and reconciler's notes. False if the name is taken; the transaction can then only be rolled back.
    /// </summary>
    Task<bool> AdoptAsync(NpgsqlConnection connection, NewResource resource, Guid operationId, CancellationToken cancellationToken);

    /// <summary>Marks a spare as to be deleted. False, and nothing happens, if it is no spare (any more).</summary>
    Task<bool> GiveUpAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken);
}

/// <summary>A spare to prepare.</summary>
/// <param name="Id">A new id, version 7.</param>
/// <param name="Kind">e.g. <c>postgres</c>.</param>
/// <param name="SpaceId">Whose space.</param>
/// <param name="Spec">Valid spec, JSON.</param>
/// <param name="Status">Status to begin with, JSON.</param>
public sealed record NewSpare(Guid Id, string Kind, Guid SpaceId, string Spec, string Status);
