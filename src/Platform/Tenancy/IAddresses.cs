using Npgsql;

namespace Beffroi.Platform.Tenancy;

/// <summary>Allots addresses in spaces to instances. Safe for concurrent use.</summary>
public interface IAddresses
{
    /// <summary>
    /// The instance's host number, 2 to 254, in its space: the one it has, or the lowest that is free, or null when the
    /// space is full. To be called in a transaction.
    /// </summary>
    Task<int?> AllotAsync(NpgsqlConnection connection, Guid spaceId, Guid instanceId, CancellationToken cancellationToken);

    /// <summary>
    /// The first host number of four in a row, a multiple of 4, one for each of the owners in order: those they have, or the lowest that are
    /// free, or null when the space has none left. To be called in a transaction.
    /// </summary>
    /// <param name="connection">The caller's.</param>
    /// <param name="spaceId">Whose addresses.</param>
    /// <param name="owners">Four ids, the same at each call.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<int?> AllotBlockAsync(NpgsqlConnection connection, Guid spaceId, IReadOnlyList<Guid> owners, CancellationToken cancellationToken);

    /// <summary>Gives the instance's address back. Absence is success.</summary>
    Task ReleaseAsync(NpgsqlConnection connection, Guid instanceId, CancellationToken cancellationToken);
}
