using System.Net;
using Npgsql;

namespace Beffroi.Platform.Pki;

/// <summary>
/// Certificate authorities: ECDSA P-384, ten years, no authorities below them; private keys sealed under an organization's key.
/// Lifetimes of what they sign are short: there is no revocation. Safe for concurrent use.
/// </summary>
public interface IAuthorities
{
    /// <summary>
    /// Ensures that the owner has an authority for this purpose and returns its certificate (DER). Of several at once, all get the same.
    /// </summary>
    /// <param name="connection">Any connection; in a transaction, the authority appears with it.</param>
    /// <param name="authority">Which.</param>
    /// <param name="commonName">For a new certificate's subject.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<byte[]> EnsureAsync(NpgsqlConnection connection, AuthorityId authority, string commonName, CancellationToken cancellationToken);

    /// <summary>
    /// Signs the key of a certificate request. The names come from <paramref name="names"/> alone, whatever the request asks.
    /// </summary>
    /// <exception cref="InvalidCertificateRequestException">It isn't a request, its signature isn't that of its key, or its key isn't P-256 or P-384.</exception>
    Task<SignedCertificate> SignAsync(
        NpgsqlConnection connection, AuthorityId authority, byte[] certificateRequest, CertificateNames names, CertificateUse use, TimeSpan lifetime,
        CancellationToken cancellationToken);

    /// <summary>Removes the authority with its key: nothing new is signed by it. Absence is success.</summary>
    Task RemoveAsync(NpgsqlConnection connection, AuthorityId authority, CancellationToken cancellationToken);

    /// <summary>The authority's certificate as PEM (RFC 7468), or null if there is none.</summary>
    Task<string?> FindPemAsync(NpgsqlConnection connection, AuthorityId authority, CancellationToken cancellationToken);
}

/// <summary>Which authority.</summary>
/// <param name="OwnerId">A space, or <see cref="Guid.Empty"/> for the platform.</param>
/// <param name="OrganizationId">Whose key seals its private key; <see cref="Guid.Empty"/> for the platform's own.</param>
/// <param name="Purpose">e.g. <see cref="Servers"/>.</param>
public sealed record AuthorityId(Guid OwnerId, Guid OrganizationId, string Purpose)
{
    /// <summary>SQL for the ids of all that can own an organization's authorities, its spaces and their resources; <c>$1</c> is the organization.</summary>
    public const string OwnersOfOrganization = """
        select s.id from platform.spaces s where s.organization_id = $1
        union all select r.id from platform.resources r join platform.spaces s on s.id = r.space_id where s.organization_id = $1
        """;

    /// <summary>The platform's authority that agents and the agent channel prove themselves by.</summary>
    public static AuthorityId Agents { get; } = new(Guid.Empty, Guid.Empty, "agents");

    /// <summary>A space's authority for its servers.</summary>
    public static AuthorityId Servers(Guid spaceId, Guid organizationId) => new(spaceId, organizationId, "servers");

    /// <summary>A resource's authority for its nodes among themselves: what it signed is worth nothing anywhere else.</summary>
    public static AuthorityId Peers(Guid resourceId, Guid organizationId) => new(resourceId, organizationId, "peers");

    /// <summary>A space's authority that instances of its different resources prove themselves to each other by; customers' clients never see it.</summary>
    public static AuthorityId SpacePeers(Guid spaceId, Guid organizationId) => new(spaceId, organizationId, "space-peers");
}

/// <summary>What a certificate says of its holder.</summary>
/// <param name="CommonName">The subject's, at most 64 characters.</param>
/// <param name="DnsNames">Subject alternative names.</param>
/// <param name="Addresses">Subject alternative names.</param>
public sealed record CertificateNames(string CommonName, IReadOnlyList<string> DnsNames, IReadOnlyList<IPAddress> Addresses);

/// <summary>What a certificate is for: its extended key usage (RFC 5280, 4.2.1.12).</summary>
public enum CertificateUse
{
    /// <summary>TLS client.</summary>
    Client,

    /// <summary>TLS server.</summary>
    Server,

    /// <summary>TLS client and server: nodes of a cluster, or instances of a space that meet as equals.</summary>
    Peer,
}

/// <summary>A certificate that was signed.</summary>
/// <param name="Chain">DER: the certificate, then its issuer.</param>
/// <param name="NotAfter">Its end (UTC).</param>
public sealed record SignedCertificate(IReadOnlyList<byte[]> Chain, DateTimeOffset NotAfter);

/// <summary>A certificate request that can't be signed.</summary>
public sealed class InvalidCertificateRequestException(string message, Exception? inner = null) : Exception(message, inner);
