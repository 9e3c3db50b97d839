using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Platform.Http;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Beffroi.Hosts.Server;

/// <summary>
/// The consoles' way to the API: over beffroid's own listeners, with the session's token, like everybody; the operator's paths are there on the operator's listener alone. Only beffroid's own
/// certificate is accepted there.
/// </summary>
internal sealed class ConsoleApi : IConsoleApi, IDisposable
{
    private readonly HttpClient _http;
    private readonly CallerAddress _caller;
    private readonly Lazy<Uri> _address, _operator;

    public ConsoleApi(IPEndPoint listen, IPEndPoint admin, X509Certificate2 certificate, CallerAddress caller, IServer server)
    {
        _caller = caller;
        _address = new(() => Address(listen, server, 0));
        _operator = new(() => Address(admin, server, listen.Address.Equals(admin.Address) ? 1 : 0));
        var own = certificate.GetCertHash(HashAlgorithmName.SHA256);
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, seen, _, _) => seen is not null && CryptographicOperations.FixedTimeEquals(seen.GetCertHash(HashAlgorithmName.SHA256), own);
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, IPAddress? caller, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.OriginalString;
        request.RequestUri = new Uri((path.StartsWith("/operator/", StringComparison.Ordinal) ? _operator : _address).Value, path);
        _caller.Write(request, caller);
        return _http.SendAsync(request, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private static Uri Address(IPEndPoint listen, IServer server, int before)
    {
        var host = listen.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : listen.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : listen.Address;
        return new Uri("https://" + new IPEndPoint(host, Port(listen, server, before)));
    }

    /// <summary>The port that a listener has. 0 took a free one: of its address, the first in the order in which they were opened, after those of listeners before it.</summary>
    internal static int Port(IPEndPoint listen, IServer server, int before) => listen.Port != 0 ? listen.Port
        : server.Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a)).Where(a => IPAddress.TryParse(a.Host.Trim('[', ']'), out var at) && at.Equals(listen.Address)).ElementAt(before).Port;
}
