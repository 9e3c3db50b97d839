using Beffroi.Kernel;
using Beffroi.Platform.Keys;
using Npgsql;

namespace Beffroi.Platform.Agents;

/// <summary>Says which secrets an instance may read, and gives them. Each service whose instances need some registers one.</summary>
public interface IInstanceSecrets
{
    /// <summary>The kind of resource that it answers for.</summary>
    string Kind { get; }

    /// <summary>The secret, or null if this instance may not have one of that name. The caller disposes of it.</summary>
    /// <exception cref="KeyUnavailableException">Its key is sealed or gone.</exception>
    Task<Secret?> FindAsync(NpgsqlConnection connection, Guid instanceId, Guid resourceId, string name, CancellationToken cancellationToken);
}
