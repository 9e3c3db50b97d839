using Npgsql;

namespace Beffroi.Platform.Tenancy;

/// <summary>
/// Spaces of an organization of the platform's own, to attack customers' spaces from and be attacked: as any other organization's, and gone
/// afterwards. On the caller's connection, in a transaction. Safe for concurrent use.
/// </summary>
public interface IThrowAwaySpaces
{
    /// <summary>The space made for this owner, made now if there is none. Null when the zone has no network left.</summary>
    Task<SpaceRecord?> EnsureAsync(NpgsqlConnection connection, Guid ownerId, string zone, CancellationToken cancellationToken);

    /// <summary>The space made for this owner, or null.</summary>
    Task<SpaceRecord?> FindAsync(NpgsqlConnection connection, Guid ownerId, CancellationToken cancellationToken);

    /// <summary>Forgets it; its network must be gone. Absence is success.</summary>
    Task RemoveAsync(NpgsqlConnection connection, Guid ownerId, CancellationToken cancellationToken);
}
