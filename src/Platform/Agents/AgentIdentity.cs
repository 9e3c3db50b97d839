using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Platform.Store;
using Grpc.Core;
using Npgsql;

namespace Beffroi.Platform.Agents;

/// <summary>Which agent calls, by the certificate that TLS verified and the row that must exist.</summary>
/// <param name="InstanceId">The certificate's common name.</param>
/// <param name="ResourceId">Whose instance.</param>
/// <param name="Kind">The resource's kind; null if the resource is gone.</param>
/// <param name="OrganizationId">Whose resource.</param>
/// <param name="CertificateNotAfter">Until when it may call.</param>
internal sealed record AgentIdentity(Guid InstanceId, Guid ResourceId, string? Kind, Guid OrganizationId, DateTimeOffset CertificateNotAfter)
{
    /// <summary>The caller; notes that it called, and that its token has served if this is the certificate it got for it.</summary>
    public static async Task<AgentIdentity> AuthenticateAsync(NpgsqlConnection connection, ServerCallContext context, TimeProvider time, CancellationToken cancellationToken)
    {
        var certificate = context.GetHttpContext().Connection.ClientCertificate;
        // The handshake has verified the chain; a connection may outlive the certificate.
        if (certificate is null || certificate.NotAfter.ToUniversalTime() < time.GetUtcNow()
            || !Guid.TryParseExact(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false), "D", out var instanceId))
        {
            throw Refused();
        }

        return await connection.Statement("""
            update platform.agents a set
                last_seen_at = now(),
                certificate_used_at = case when a.enrolled_key_sha256 = $2 then coalesce(a.certificate_used_at, now()) else a.certificate_used_at end
            from platform.spaces s
            where a.instance_id = $1 and s.id = a.space_id
            returning a.resource_id, (select r.kind from platform.resources r where r.id = a.resource_id), s.organization_id
            """, instanceId, SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()))
            .FirstAsync(r => new AgentIdentity(instanceId, r.GetGuid(0), r.IsDBNull(1) ? null : r.GetString(1), r.GetGuid(2), certificate.NotAfter.ToUniversalTime()), cancellationToken)
            ?? throw Refused();
    }

    /// <summary>The one answer to everyone who isn't let in: it doesn't tell why.</summary>
    public static RpcException Refused() => new(new Status(StatusCode.Unauthenticated, "This agent is not known, or its credentials are not valid."));
}
