using Beffroi.Platform.Pki;

namespace Beffroi.Platform.Agents;

/// <summary>Says what an instance's server certificate shall be for. Each service that has servers registers one.</summary>
public interface IServerNames
{
    /// <summary>The kind of resource that it answers for, e.g. <c>postgres</c>.</summary>
    string Kind { get; }

    /// <summary>The names and addresses, and the authority that signs; null if the instance has none (yet).</summary>
    Task<ServerIdentity?> FindAsync(Guid instanceId, Guid resourceId, CancellationToken cancellationToken);

    /// <summary>What the instance's certificate among the nodes of its resource shall say; null if it has no such nodes.</summary>
    Task<ServerIdentity?> FindPeerAsync(Guid instanceId, Guid resourceId, CancellationToken cancellationToken);

    /// <summary>What the instance is to instances of other resources of its space, as client and as server; null if it meets none.</summary>
    Task<ServerIdentity?> FindSpacePeerAsync(Guid instanceId, Guid resourceId, CancellationToken cancellationToken);
}

/// <summary>What a server is called and who vouches for it.</summary>
/// <param name="Names">For the certificate.</param>
/// <param name="Authority">Usually <see cref="AuthorityId.Servers"/> of the instance's space; it must exist.</param>
public sealed record ServerIdentity(CertificateNames Names, AuthorityId Authority);
