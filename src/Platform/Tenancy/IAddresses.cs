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

    /// <summary>Gives the instance's address back. Absence is success.</summary>
    Task ReleaseAsync(NpgsqlConnection connection, Guid instanceId, CancellationToken cancellationToken);
}
