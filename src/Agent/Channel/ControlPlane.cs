using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Contracts.Agents;
using Grpc.Net.Client;

namespace Beffroi.Agent.Channel;

/// <summary>
/// The way to the control plane: HTTP/2 over TLS 1.3, dialled from here. The server must chain to the authority that the host handed over and carry the
/// channel's name; who else holds a certificate of that authority (an agent, say) is refused.
/// </summary>
/// <param name="Gateway">The host's address in the space.</param>
/// <param name="Port">TCP port.</param>
/// <param name="AuthorityPem">The authority's certificate.</param>
internal sealed record ControlPlane(IPAddress Gateway, int Port, string AuthorityPem)
{
    private const string ServerName = "agents.beffroi.internal";

    /// <summary>A new connection, with a client certificate unless for enrolment.</summary>
    internal GrpcChannel Connect(X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler
        {
            KeepAlivePingDelay = TimeSpan.FromSeconds(15),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            // The name is for the certificate; where to dial is known, and there is no name service in a space.
            ConnectCallback = DialAsync,
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls13,
                CertificateChainPolicy = Policy(),
            },
        };
        if (certificate is not null)
        {
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        }

        var address = new UriBuilder(Uri.UriSchemeHttps, ServerName, Port).Uri;
        return GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    /// <summary>The calls on a connection.</summary>
    internal static AgentChannel.AgentChannelClient Client(GrpcChannel channel) => new(channel);

    private async ValueTask<Stream> DialAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(Gateway, Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private X509ChainPolicy Policy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { X509Certificate2.CreateFromPem(AuthorityPem) },
        RevocationMode = X509RevocationMode.NoCheck,
    };
}
