using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Beffroi.Contracts;

namespace Beffroi.Hosts.Cli.Api;

/// <summary>
/// Speaks to the API: trusts one certificate authority and no other, turns problem documents into
/// <see cref="ProblemException"/> and a server that doesn't answer into exit code 5. Safe for concurrent use.
/// </summary>
internal sealed class ApiClient : IDisposable
{
    /// <summary>As the server writes it, but tolerant of fields that a newer server has.</summary>
    public static readonly WireJson Wire = new(new JsonSerializerOptions(WireJson.Default.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip });

    /// <summary>How long a server that went away in the middle of something is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // More than any answer of ours has: 256 entries of the ledger at their longest.
    private const long MaxAnswer = 32 << 20;

    private readonly HttpClient _http;
    private readonly SessionCredential? _session;

    /// <summary>As a session, whose token is renewed as needed.</summary>
    public ApiClient(Uri server, string? authorityFile, SessionCredential session)
        : this(server, authorityFile, bearerToken: null) => _session = session;

    public ApiClient(Uri server, string? authorityFile, string? bearerToken)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = !server.IsLoopback,
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Trust(authorityFile) },
        };
        _http = new HttpClient(handler) { BaseAddress = server, Timeout = TimeSpan.FromSeconds(60), MaxResponseContentBufferSize = MaxAnswer };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("beffroi-cli", CliVersion.Text));
        if (bearerToken is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bearerToken);
        }
    }

    public Uri Server => _http.BaseAddress!;

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return (await SendAsync(request, type, cancellationToken))!;
    }

    /// <summary>What is at a path, with its ETag; null if it has none.</summary>
    public async Task<(T Value, string? Etag)> GetWithEtagAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await SendAsync(request, cancellationToken);
        return ((await ReadAsync(request, response, type, cancellationToken))!, response.Headers.ETag?.Tag.Trim('"'));
    }

    public async Task<JsonElement> GetJsonAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await SendAsync(request, cancellationToken);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStreamAsync(cancellationToken));
        return document.RootElement.Clone();
    }

    /// <summary>The text of an answer that isn't JSON.</summary>
    public async Task<string> GetTextAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await SendAsync(request, cancellationToken);
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }

    /// <summary>The bytes of an answer that isn't JSON; null where there is nothing (404).</summary>
    public async Task<byte[]?> FindBytesAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        try
        {
            using var response = await SendAsync(request, cancellationToken);
            return await response.Content.ReadAsByteArrayAsync(cancellationToken);
        }
        catch (ProblemException e) when (e.Problem.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Sends a change that has no body.</summary>
    public async Task<T> PostAsync<T>(string path, JsonTypeInfo<T> answerType, CancellationToken cancellationToken) =>
        (await ChangeAsync<PutSpace, T>(HttpMethod.Post, path, null, Wire.PutSpace, answerType, Preconditions.None, cancellationToken))!;

    /// <summary>
    /// Sends a change. The body may be absent. Answers with what the server sent back, null where it sent nothing. One with an idempotency key whose
    /// connection breaks is repeated for half a minute.
    /// </summary>
    public async Task<TAnswer?> ChangeAsync<TBody, TAnswer>(
        HttpMethod method,
        string path,
        TBody? body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<TAnswer> answerType,
        Preconditions conditions,
        CancellationToken cancellationToken)
        where TBody : class
    {
        var start = Stopwatch.GetTimestamp();
        for (var broken = false; ;)
        {
            using var request = new HttpRequestMessage(method, path);
            var bytes = body is null ? null : JsonSerializer.SerializeToUtf8Bytes(body, bodyType);
            if (bytes is not null)
            {
                request.Content = new ByteArrayContent(bytes);
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            }

            conditions.ApplyTo(request);
            try
            {
                return await SendAsync(request, answerType, cancellationToken);
            }
            catch (CliException e) when (conditions.IdempotencyKey is not null && e.ExitCode == ExitCode.Unreachable && Stopwatch.GetElapsedTime(start) < Patience
                && (broken |= e.InnerException is HttpRequestException cause && IsCut(cause)))
            {
                // The server ended while it had the request: nobody knows what became of it, and the same key tells.
                await Task.Delay(TimeSpan.FromMilliseconds(300), cancellationToken);
            }
            finally
            {
                // Some hold what must not lie about in memory.
                CryptographicOperations.ZeroMemory(bytes);
            }
        }
    }

    /// <summary>Posts a form (RFC 6749).</summary>
    public async Task<T> PostFormAsync<T>(string path, IReadOnlyDictionary<string, string> form, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(form) };
        return (await SendAsync(request, type, cancellationToken))!;
    }

    /// <summary>Posts a form to an endpoint of OAuth: the answer, or the error's code (RFC 6749 section 5.2); neither where the server has nothing to say.</summary>
    public async Task<(T? Value, string? Error)> PostOAuthAsync<T>(string path, IReadOnlyDictionary<string, string> form, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(form) };
        using var response = await SendOnceAsync(request, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return (await ReadAsync(request, response, type, cancellationToken), null);
        }

        if (response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized)
        {
            return (null, (await ReadAsync(request, response, Wire.OAuthError, cancellationToken))?.Error ?? "no reason given");
        }

        throw new ProblemException(await ReadProblemAsync(response, cancellationToken));
    }

    /// <summary>The status of a request for which any answer will do; null when nothing answers.</summary>
    public async Task<HttpStatusCode?> ProbeAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();

    private static X509ChainPolicy? Trust(string? authorityFile)
    {
        if (authorityFile is null)
        {
            return null;
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(authorityFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new CliException($"The CA certificate {authorityFile} can't be read ({e.Message}). Name another with `beffroi context`, or run `beffroi up` again.", ExitCode.Usage, e);
        }

        return policy;
    }

    private async Task<T?> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(request, cancellationToken);
        return await ReadAsync(request, response, type, cancellationToken);
    }

    private async Task<T?> ReadAsync<T>(HttpRequestMessage request, HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (bytes.Length == 0)
        {
            return default;
        }

        try
        {
            return JsonSerializer.Deserialize(bytes, type);
        }
        catch (JsonException e)
        {
            throw new CliException($"The server's answer to {request.Method} {request.RequestUri} was not understood: {e.Message} Is {Server} a Beffroi of this version?", ExitCode.Failed, e);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await (_session is null ? SendOnceAsync(request, cancellationToken) : SendInSessionAsync(request, _session, cancellationToken));
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw new ProblemException(await ReadProblemAsync(response, cancellationToken));
        }
    }

    private async Task<HttpResponseMessage> SendInSessionAsync(HttpRequestMessage request, SessionCredential session, CancellationToken cancellationToken)
    {
        var token = await session.GetAsync(cancellationToken);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var response = await SendOnceAsync(request, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized)
        {
            return response;
        }

        // Nothing was done. The token ended before its time by this machine's clock, or the session did, which renewing tells.
        response.Dispose();
        using var again = new HttpRequestMessage(request.Method, request.RequestUri) { Content = request.Content };
        foreach (var (name, values) in request.Headers)
        {
            again.Headers.TryAddWithoutValidation(name, values);
        }

        again.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await session.RenewAsync(token, cancellationToken));
        response = await SendOnceAsync(again, cancellationToken);
        // It is the first request's, whose sender disposes of it.
        again.Content = null;
        return response;
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await _http.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new CliException(Unreachable(e), ExitCode.Unreachable, e);
        }
        catch (TaskCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CliException($"{Server} did not answer within {_http.Timeout.TotalSeconds:0} s.", ExitCode.Unreachable, e);
        }
    }

    /// <summary>Whether the server was there and went away; one that ends in the middle of a handshake is no stranger.</summary>
    private static bool IsCut(HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError => false,
        HttpRequestError.SecureConnectionError => e.InnerException is IOException,
        _ => true,
    };

    private string Unreachable(HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.SecureConnectionError when !IsCut(e) =>
            $"{Server} did not prove that it is the server this context trusts: {e.InnerException?.Message ?? e.Message}",
        _ => $"{Server} can't be reached: {e.InnerException?.Message ?? e.Message}. Is it running? See `beffroi status`, or start it with `beffroi up`.",
    };

    private static async Task<ProblemDocument> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        try
        {
            var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (bytes.Length > 0 && JsonSerializer.Deserialize(bytes, Wire.ProblemDocument) is { Title: not null, Detail: not null } problem)
            {
                return problem;
            }
        }
        catch (JsonException)
        {
            // Not ours: some other server, or a proxy. The status says what there is to say.
        }

        var detail = response.StatusCode == HttpStatusCode.Unauthorized
            ? "The token of this context is not valid here. Choose another with `beffroi context use`, or sign in with `beffroi login`."
            : "The server gave no further explanation.";
        return new ProblemDocument("about:blank", $"{status} {response.ReasonPhrase}", status, detail, null, null);
    }
}
