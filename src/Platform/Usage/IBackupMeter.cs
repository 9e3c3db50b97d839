using Npgsql;

namespace Beffroi.Platform.Usage;

/// <summary>A service that knows what its resources' backups take. Safe for concurrent use.</summary>
public interface IBackupMeter
{
    /// <summary>Of which kind of resources.</summary>
    string Kind { get; }

    /// <summary>In bytes, by the resource's id, as it was last heard moments ago; without those of which that is not known. Asks nothing but the store.</summary>
    Task<IReadOnlyDictionary<Guid, long>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken);
}
