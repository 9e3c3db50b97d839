using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Hosts.WebConsole.Api;
using Beffroi.Platform.Http;
using Beffroi.Services.Evidence.Listeners;

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

    public ConsoleApi(IOwnListeners listeners, X509Certificate2 certificate, CallerAddress caller)
    {
        _caller = caller;
        _address = new(() => Address(listeners.Find().Customers));
        _operator = new(() => Address(listeners.Find().Operator));
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

    private static Uri Address(IPEndPoint bound) => new("https://" + IOwnListeners.Reach(bound));
}
