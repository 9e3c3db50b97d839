using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Beffroi.Agent.Channel;
using Beffroi.Agent.Files;
using Beffroi.Agent.Identity;
using Google.Protobuf;
using Grpc.Net.Client;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// This instance's certificate among its equals, as client and as server: the nodes of its database, or the databases and the backup repository of its
/// space. Signed by an authority for these alone; the key is made here and stays here.
/// </summary>
/// <param name="directory">On the volume, of one program's own: its key, its chain and the authority.</param>
/// <param name="owner">The program's account.</param>
/// <param name="instanceId">This instance.</param>
/// <param name="time">The clock.</param>
/// <param name="ofSpace">Among the instances of the space, not the nodes of the database.</param>
internal sealed class PeerCertificate(string directory, Account owner, string instanceId, TimeProvider time, bool ofSpace = false)
{
    private readonly KeyPair _keys = new(directory, owner);

    internal string AuthorityPath => AuthorityIn(directory);

    internal static string AuthorityIn(string directory) => Path.Combine(directory, "authority.pem");

    internal static string ChainIn(string directory) => KeyPair.ChainIn(directory);

    internal static string KeyIn(string directory) => Path.Combine(directory, "key.pem");

    /// <summary>Ensures a certificate that isn't due. True if it is new. Without a connection an older one does, as long as there is any.</summary>
    /// <exception cref="InvalidOperationException">There is none, and nobody to sign one.</exception>
    internal async Task<bool> EnsureAsync(GrpcChannel? connection, CancellationToken cancellationToken)
    {
        using var present = _keys.Load();
        if (!KeyPair.IsDue(present, time.GetUtcNow()) && File.Exists(AuthorityPath))
        {
            return false;
        }

        if (connection is null)
        {
            return present is null ? throw new InvalidOperationException("Waiting for the control plane to sign the certificate among equals.") : false;
        }

        var client = ControlPlane.Client(connection);
        var request = new Contracts.Agents.CertificateRequest { CertificateRequest_ = ByteString.CopyFrom(_keys.Request(instanceId)) };
        var deadline = time.GetUtcNow().UtcDateTime.AddSeconds(15);
        var reply = await (ofSpace
            ? client.SignSpacePeerAsync(request, deadline: deadline, cancellationToken: cancellationToken)
            : client.SignPeerAsync(request, deadline: deadline, cancellationToken: cancellationToken));
        var authority = PemEncoding.WriteString("CERTIFICATE", reply.Chain[^1].Span) + "\n";
        PrivateFile.Write(AuthorityPath, Encoding.ASCII.GetBytes(authority), owner);
        _keys.Accept(reply.Chain.Select(c => c.ToByteArray()));
        return true;
    }

    /// <summary>The certificate with its key; null if there is none yet.</summary>
    internal X509Certificate2? Load() => _keys.Load();
}
