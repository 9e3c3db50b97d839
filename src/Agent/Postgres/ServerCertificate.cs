using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Agent.Channel;
using Beffroi.Agent.Files;
using Beffroi.Agent.Identity;
using Google.Protobuf;
using Grpc.Net.Client;

namespace Beffroi.Agent.Postgres;

/// <summary>The database's server certificate, signed by its space's authority; its key is made here and stays here.</summary>
internal sealed class ServerCertificate(Account postgres, string instanceId, TimeProvider time)
{
    private readonly KeyPair _keys = new(PostgresPaths.Tls, postgres);

    /// <summary>
    /// Ensures a certificate that isn't due and is good for that host name and all of these addresses. True if it is new. Without a connection an
    /// older one does, as long as there is any.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is none, and nobody to sign one.</exception>
    internal async Task<bool> EnsureAsync(string serverName, IReadOnlyList<string> addresses, GrpcChannel? connection, CancellationToken cancellationToken)
    {
        using var present = _keys.Load();
        if (!KeyPair.IsDue(present, time.GetUtcNow()) && Serves(present!, serverName, addresses))
        {
            return false;
        }

        if (connection is null)
        {
            return present is null ? throw new InvalidOperationException("Waiting for the control plane to sign the server certificate.") : false;
        }

        PrivateFile.Directory(PostgresPaths.Postgres, postgres);
        var reply = await ControlPlane.Client(connection).SignServerAsync(
            new Contracts.Agents.CertificateRequest { CertificateRequest_ = ByteString.CopyFrom(_keys.Request(instanceId)) },
            deadline: time.GetUtcNow().UtcDateTime.AddSeconds(15), cancellationToken: cancellationToken);
        _keys.Accept(reply.Chain.Select(c => c.ToByteArray()));
        return true;
    }

    /// <summary>Whether the present one is for that host name and these addresses, and not for what it had before.</summary>
    internal bool Serves(string serverName, IReadOnlyList<string> addresses)
    {
        using var present = _keys.Load();
        return present is not null && Serves(present, serverName, addresses);
    }

    /// <summary>What is in use.</summary>
    internal (byte[] Sha256, DateTimeOffset NotAfter)? Describe()
    {
        using var certificate = _keys.Load();
        return certificate is null ? null : (certificate.GetCertHash(HashAlgorithmName.SHA256), certificate.NotAfter.ToUniversalTime());
    }

    private static bool Serves(X509Certificate2 certificate, string serverName, IReadOnlyList<string> addresses)
    {
        var named = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(e => e.EnumerateIPAddresses()).Select(a => a.ToString()).ToHashSet();

        // A control plane of before names took part in the configuration sends none.
        return (serverName.Length == 0 || certificate.MatchesHostname(serverName, allowWildcards: false, allowCommonName: false)) && addresses.All(named.Contains);
    }
}
