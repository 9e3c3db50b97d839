using Npgsql;

namespace Beffroi.Platform.Lockbox;

/// <summary>What a service can show of its resources when a customer has agreed to it. Implementations are safe for concurrent use.</summary>
public interface ILockboxContents
{
    /// <summary>The kind of its resources.</summary>
    string Kind { get; }

    /// <summary>What there is to show; null if the resource doesn't exist any more.</summary>
    /// <param name="connection">In the transaction that records it.</param>
    /// <param name="resourceId">The resource.</param>
    /// <param name="access">One of <see cref="Beffroi.Contracts.Lockbox.LockboxTerms.Accesses"/>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<(string MediaType, string Text)?> ReadAsync(NpgsqlConnection connection, Guid resourceId, string access, CancellationToken cancellationToken);
}
