using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Beffroi.Contracts;
using Beffroi.Hosts.Cli.Setup;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Beffroi.Cli.Tests;

/// <summary>An API of our own shape over real HTTPS, with a certificate authority of its own; each test says what it answers.</summary>
public sealed class FakeApi : IAsyncDisposable
{
    public const string Token = "bfr_a-token-for-tests";
    private readonly WebApplication _app;
    private readonly X509Certificate2 _authority = Certificates.CreateAuthority("test authority", DateTimeOffset.UtcNow);

    private FakeApi(WebApplication app) => _app = app;

    /// <summary>The one bearer token that it knows.</summary>
    public string AcceptedToken { get; set; } = Token;

    /// <summary>What came in: method, path and query, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>The bodies that came in, in order.</summary>
    public ConcurrentQueue<string> Bodies { get; } = new();

    public ConcurrentQueue<IHeaderDictionary> Headers { get; } = new();

    public ConcurrentDictionary<string, Func<HttpContext, IResult>> Answers { get; } = new();

    public string Address => _app.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    public string AuthorityPem => _authority.ExportCertificatePem();

    public static async Task<FakeApi> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.ClearProviders();
        FakeApi? self = null;
        X509Certificate2? certificate = null;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
            https.ServerCertificateSelector = (_, _) => certificate)));
        var app = builder.Build();
        self = new FakeApi(app);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issued = Certificates.Issue(self._authority, key, ["localhost", "127.0.0.1"], DateTimeOffset.UtcNow);
        certificate = issued.CopyWithPrivateKey(key);
        app.Run(self.HandleAsync);
        await app.StartAsync();
        return self;
    }

    public void On(string request, Func<HttpContext, IResult> answer) => Answers[request] = answer;

    public void OnJson<T>(string request, T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, int status = 200) =>
        On(request, _ => Results.Text(JsonSerializer.Serialize(value, type), "application/json", statusCode: status));

    public void OnProblem(string request, ProblemDocument problem) =>
        On(request, _ => Results.Text(JsonSerializer.Serialize(problem, WireJson.Default.ProblemDocument), "application/problem+json", statusCode: problem.Status));

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _authority.Dispose();
    }

    private async Task HandleAsync(HttpContext http)
    {
        var request = http.Request.Method + " " + http.Request.Path;
        Requests.Enqueue(request + http.Request.QueryString);
        Headers.Enqueue(new HeaderDictionary(http.Request.Headers.ToDictionary(h => h.Key, h => h.Value)));
        if (http.Request.ContentLength > 0)
        {
            http.Request.EnableBuffering();
            using var reader = new StreamReader(http.Request.Body, leaveOpen: true);
            Bodies.Enqueue(await reader.ReadToEndAsync());
            http.Request.Body.Position = 0;
        }

        if (http.Request.Headers.Authorization != "Bearer " + AcceptedToken && !http.Request.Path.Value!.EndsWith("/invitations", StringComparison.Ordinal)
            && !http.Request.Path.StartsWithSegments("/oauth", StringComparison.Ordinal))
        {
            http.Response.StatusCode = 401;
            return;
        }

        if (Answers.TryGetValue(request, out var answer))
        {
            await answer(http).ExecuteAsync(http);
            return;
        }

        var missing = new ProblemDocument("urn:beffroi:problem:not-found", "Not found", 404, "That was not found, or you have no access to it.", null, null);
        await Results.Text(JsonSerializer.Serialize(missing, WireJson.Default.ProblemDocument), "application/problem+json", statusCode: 404).ExecuteAsync(http);
    }
}
