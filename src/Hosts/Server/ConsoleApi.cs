using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Platform.Http;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Beffroi.Hosts.Server;

/// <summary>The console's way to the API: over beffroid's own public listener, with the session's token, like everybody. Only beffroid's own certificate is accepted there.</summary>
internal sealed class ConsoleApi : IConsoleApi, IDisposable
{
    private readonly HttpClient _http;
    private readonly CallerAddress _caller;
    private readonly Lazy<Uri> _address;

    public ConsoleApi(IPEndPoint listen, X509Certificate2 certificate, CallerAddress caller, IServer server)
    {
        _caller = caller;
        _address = new(() => Address(listen, server));
        var own = certificate.GetCertHash(HashAlgorithmName.SHA256);
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, seen, _, _) => seen is not null && CryptographicOperations.FixedTimeEquals(seen.GetCertHash(HashAlgorithmName.SHA256), own);
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, IPAddress? caller, CancellationToken cancellationToken)
    {
        request.RequestUri = new Uri(_address.Value, request.RequestUri!.OriginalString);
        _caller.Write(request, caller);
        return _http.SendAsync(request, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private static Uri Address(IPEndPoint listen, IServer server)
    {
        var host = listen.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : listen.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : listen.Address;
        // Port 0 took a free one: of this address, the first in the order in which they were opened.
        var port = listen.Port != 0 ? listen.Port
            : server.Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a)).First(a => IPAddress.TryParse(a.Host.Trim('[', ']'), out var at) && at.Equals(listen.Address)).Port;
        return new Uri("https://" + new IPEndPoint(host, port));
    }
}
