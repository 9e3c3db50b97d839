using System.Text;
using Beffroi.Agent.Channel;
using Beffroi.Agent.Files;
using Beffroi.Agent.Identity;
using Google.Protobuf;
using Grpc.Net.Client;

namespace Beffroi.Agent.Backup;

/// <summary>What this instance proves itself with to others of its space, as server and as client; the key is made here and stays here.</summary>
internal sealed class PeerCertificate(Account owner, string instanceId, TimeProvider time)
{
    private readonly KeyPair _keys = new(BackupPaths.Tls, owner);

    /// <summary>Ensures a certificate that isn't due. True if it is new. Without a connection an older one does, as long as there is any.</summary>
    /// <exception cref="InvalidOperationException">There is none, and nobody to sign one.</exception>
    internal async Task<bool> EnsureAsync(GrpcChannel? connection, CancellationToken cancellationToken)
    {
        using var present = _keys.Load();
        if (File.Exists(BackupPaths.Authority) && !KeyPair.IsDue(present, time.GetUtcNow()))
        {
            return false;
        }

        if (connection is null)
        {
            return present is null ? throw new InvalidOperationException("Waiting for the control plane to sign the certificate for backup.") : false;
        }

        var reply = await ControlPlane.Client(connection).SignPeerAsync(
            new Contracts.Agents.CertificateRequest { CertificateRequest_ = ByteString.CopyFrom(_keys.Request(instanceId)) },
            deadline: time.GetUtcNow().UtcDateTime.AddSeconds(15), cancellationToken: cancellationToken);
        _keys.Accept(reply.Chain.Select(c => c.ToByteArray()));
        var authority = System.Security.Cryptography.PemEncoding.WriteString("CERTIFICATE", reply.Chain[^1].Span) + "\n";
        PrivateFile.Write(BackupPaths.Authority, Encoding.ASCII.GetBytes(authority), owner);
        return true;
    }
}
