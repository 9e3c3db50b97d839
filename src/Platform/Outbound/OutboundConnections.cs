using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Beffroi.Platform.Outbound;

/// <summary>
/// Opens connections to addresses that customers name: witnesses, log collectors. A customer must not reach through the platform what only the
/// platform can reach, so its own machine, spaces and every private network are refused unless the operator listed the network
/// (<see cref="PlatformOptions.OutboundNetworks"/>). What is checked is the address that is connected to, not the name. Safe for concurrent use.
/// </summary>
public sealed class OutboundConnections(PlatformOptions options)
{
    // IANA's special-purpose registries (RFC 6890): what isn't somewhere on the Internet.
    private static readonly IPNetwork[] Special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "::/127", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "fc00::/7", "fe80::/10", "ff00::/8",
        }.Select(n => IPNetwork.Parse(n)),
    ];

    /// <summary>How long opening a connection may take, TLS included.</summary>
    public static TimeSpan ConnectTimeout { get; } = TimeSpan.FromSeconds(10);

    /// <summary>A client for HTTP and HTTPS: no redirects, no proxy, no cookies. The caller disposes it.</summary>
    /// <param name="authority">PEM of the only certificate authorities to trust; null for the system's.</param>
    public HttpMessageHandler CreateHandler(string? authority) => new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ConnectTimeout = ConnectTimeout,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        MaxResponseHeadersLength = 16,
        SslOptions = Tls(null, authority),
        ConnectCallback = async (context, token) => new NetworkStream(await ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, token), ownsSocket: true),
    };

    /// <summary>A TLS connection.</summary>
    /// <param name="host">Name or address; the server's certificate must be for it.</param>
    /// <param name="port">TCP port.</param>
    /// <param name="authority">As in <see cref="CreateHandler"/>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="IOException">It can't be reached, or isn't allowed; the message is for a person.</exception>
    /// <exception cref="AuthenticationException">Its certificate isn't trusted.</exception>
    public async Task<SslStream> ConnectTlsAsync(string host, int port, string? authority, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(ConnectTimeout);
        var socket = await ConnectAsync(host, port, patience.Token);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await tls.AuthenticateAsClientAsync(Tls(host, authority), patience.Token);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether a connection to this address is allowed.</summary>
    public bool IsAllowed(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        return !options.SpaceRange.Contains(address)
            && (options.OutboundNetworks.Any(n => n.Contains(address)) || !Special.Any(n => n.Contains(address)));
    }

    /// <summary>Certificates from a PEM text; null if there is none in it, or it isn't one.</summary>
    public static X509Certificate2Collection? ReadAuthority(string pem)
    {
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(pem);
        }
        catch (CryptographicException)
        {
            return null;
        }

        return all.Count > 0 ? all : null;
    }

    private async Task<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);
        Exception? last = null;
        foreach (var address in addresses.Where(IsAllowed))
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(address, port, cancellationToken);
                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                last = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw last is null
            ? new IOException($"{host} is in a network that this installation doesn't connect to for customers. Its operator can allow it (OutboundNetworks).")
            : new IOException($"{host} port {port} can't be reached: {last.Message}", last);
    }

    private static SslClientAuthenticationOptions Tls(string? host, string? authority)
    {
        var tls = new SslClientAuthenticationOptions { TargetHost = host };
        if (authority is not null)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.ImportFromPem(authority);
        }

        return tls;
    }
}
