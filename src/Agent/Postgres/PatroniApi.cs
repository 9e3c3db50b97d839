using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Beffroi.Kernel;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// This node's Patroni: on the instance's loopback or, among several nodes, by mutual TLS. Source: Patroni 4.0 documentation, «Patroni REST API».
/// Safe for concurrent use.
/// </summary>
internal sealed class PatroniApi : IDisposable
{
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(90);
    private volatile HttpClient _client = Client(new Uri("http://127.0.0.1:8008"), null);
    private string _as = "";

    /// <summary>From now on by TLS at this address, as the holder of this certificate, trusting this authority alone.</summary>
    internal void Use(string address, X509Certificate2 certificate, string authority)
    {
        var wanted = address + "/" + certificate.SerialNumber;
        if (wanted == _as)
        {
            certificate.Dispose();
            return;
        }

        // The one before may be in use by another loop: it ends with its requests.
        _client = Client(new Uri($"https://{address}:8008"), new SslClientAuthenticationOptions
        {
            ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { X509Certificate2.CreateFromPem(authority) },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        });
        _as = wanted;
    }

    /// <summary>What Patroni says of its member; null while it does not answer.</summary>
    internal Task<JsonObject?> StatusAsync(CancellationToken cancellationToken) => ReadAsync("/patroni", cancellationToken);

    /// <summary>What Patroni says of all members; null while it does not answer.</summary>
    internal Task<JsonObject?> ClusterAsync(CancellationToken cancellationToken) => ReadAsync("/cluster", cancellationToken);

    /// <summary>
    /// Whether this node is the primary and holds the leader's lock: then the cluster is initialised, and Patroni won't begin it anew. Null while it
    /// does not answer.
    /// </summary>
    internal async Task<bool?> LeadsAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await SendAsync(HttpMethod.Get, "/primary", null, Quick, cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (IsAway(e, cancellationToken))
        {
            return null;
        }
    }

    /// <summary>Whether it answers at all within two seconds.</summary>
    internal async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await SendAsync(HttpMethod.Get, "/liveness", null, TimeSpan.FromSeconds(2), cancellationToken);
            return true;
        }
        catch (Exception e) when (IsAway(e, cancellationToken))
        {
            return false;
        }
    }

    /// <summary>Merges into the dynamic configuration; nothing happens where nothing differs.</summary>
    internal Task PatchAsync(JsonObject change, CancellationToken cancellationToken) => DoAsync(HttpMethod.Patch, "/config", change, Quick, cancellationToken);

    /// <summary>Hands over to another member; returns when that is the primary.</summary>
    /// <exception cref="InvalidOperationException">Patroni refuses, or it did not come about.</exception>
    internal Task SwitchOverAsync(string from, string to, CancellationToken cancellationToken) =>
        DoAsync(HttpMethod.Post, "/switchover", new JsonObject { ["leader"] = from, ["candidate"] = to }, Long, cancellationToken);

    /// <summary>Restarts PostgreSQL; returns when it runs again.</summary>
    /// <exception cref="InvalidOperationException">Patroni refuses, or it did not come about.</exception>
    internal Task RestartAsync(CancellationToken cancellationToken) => DoAsync(HttpMethod.Post, "/restart", new JsonObject(), Long, cancellationToken);

    public void Dispose() => _client.Dispose();

    private static HttpClient Client(Uri address, SslClientAuthenticationOptions? tls)
    {
        var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) };
        if (tls is not null)
        {
            handler.SslOptions = tls;
        }

        return new HttpClient(handler) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
    }

    private static bool IsAway(Exception e, CancellationToken cancellationToken) =>
        e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private async Task<JsonObject?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            // The status code tells the health; the body is there in any case.
            using var response = await SendAsync(HttpMethod.Get, path, null, Quick, cancellationToken);
            return JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken)) as JsonObject;
        }
        catch (Exception e) when (e is JsonException || IsAway(e, cancellationToken))
        {
            return null;
        }
    }

    private async Task DoAsync(HttpMethod method, string path, JsonObject body, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(method, path, body, limit, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            var said = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new InvalidOperationException($"Patroni refuses {path[1..]}: {said.Shortened(200).Trim()}");
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, JsonObject? body, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(limit);
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        return await _client.SendAsync(request, patience.Token);
    }
}
