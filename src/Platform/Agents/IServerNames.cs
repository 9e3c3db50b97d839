using Beffroi.Platform.Pki;

namespace Beffroi.Platform.Agents;

/// <summary>Says what an instance's server certificate shall be for. Each service that has servers registers one.</summary>
public interface IServerNames
{
    /// <summary>The kind of resource that it answers for, e.g. <c>postgres</c>.</summary>
    string Kind { get; }

    /// <summary>The names and addresses, and the authority that signs; null if the instance has none (yet).</summary>
    Task<ServerIdentity?> FindAsync(Guid instanceId, Guid resourceId, CancellationToken cancellationToken);
}

/// <summary>What a server is called and who vouches for it.</summary>
/// <param name="Names">For the certificate.</param>
/// <param name="Authority">Usually <see cref="AuthorityId.Servers"/> of the instance's space; it must exist.</param>
public sealed record ServerIdentity(CertificateNames Names, AuthorityId Authority);

/// <summary>Says which secrets an instance may read, and gives them. Each service whose instances need some registers one.</summary>
public interface IInstanceSecrets
{
    /// <summary>The kind of resource that it answers for.</summary>
    string Kind { get; }

    /// <summary>The secret, or null if this instance may not have one of that name. The caller disposes of it.</summary>
    /// <exception cref="Keys.KeyUnavailableException">Its key is sealed or gone.</exception>
    Task<Kernel.Secret?> FindAsync(Npgsql.NpgsqlConnection connection, Guid instanceId, Guid resourceId, string name, CancellationToken cancellationToken);
}
