using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Beffroi.Infrastructure.Incus;

/// <summary>
/// Incus' way of speaking HTTP: an envelope around every answer, an ETag on what can be changed, and operations that go
/// on in the background and are waited for. Safe for concurrent use. Failures are <see cref="IncusException"/>.
/// </summary>
internal sealed class IncusConnection(string socket) : IDisposable
{
    private const int Succeeded = 200;
    private readonly HttpClient _http = UnixSocketHttp.Connect(socket);

    /// <summary>What is at a path, with its ETag; null when nothing is.</summary>
    public async Task<(T Value, string Etag)?> FindAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        try
        {
            var (answer, etag) = await ExchangeAsync(request, cancellationToken);
            return (Read(answer.Metadata, type), etag);
        }
        catch (IncusException e) when (e.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>What is at a path that always exists.</summary>
    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return Read((await ExchangeAsync(request, cancellationToken)).Answer.Metadata, type);
    }

    /// <summary>Gets a collection; Incus writes an empty one as null at times.</summary>
    public async Task<List<T>> ListAsync<T>(string path, JsonTypeInfo<List<T>> type, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        var items = (await ExchangeAsync(request, cancellationToken)).Answer.Metadata;
        return items.ValueKind == JsonValueKind.Null ? [] : Read(items, type);
    }

    /// <summary>Makes something and waits until it is made.</summary>
    public Task PostAsync<T>(string path, T body, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        ChangeAsync(HttpMethod.Post, path, JsonContent.Create(body, type), null, cancellationToken);

    /// <summary>Sends files and waits for what becomes of them.</summary>
    public Task<JsonElement> UploadAsync(string path, HttpContent content, CancellationToken cancellationToken) =>
        ChangeAsync(HttpMethod.Post, path, content, null, cancellationToken);

    /// <summary>Replaces something, only if it still has this ETag where one is given.</summary>
    public Task PutAsync<T>(string path, T body, JsonTypeInfo<T> type, string? etag, CancellationToken cancellationToken) =>
        ChangeAsync(HttpMethod.Put, path, JsonContent.Create(body, type), etag, cancellationToken);

    /// <summary>Deletes something; absence is success.</summary>
    public async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await ChangeAsync(HttpMethod.Delete, path, null, null, cancellationToken);
        }
        catch (IncusException e) when (e.Status == HttpStatusCode.NotFound)
        {
            // As wanted.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static T Read<T>(JsonElement element, JsonTypeInfo<T> type) =>
        element.Deserialize(type) ?? throw new IncusException(HttpStatusCode.InternalServerError, "Incus gave an empty answer.");

    private async Task<JsonElement> ChangeAsync(HttpMethod method, string path, HttpContent? content, string? etag, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (etag is { Length: > 0 })
        {
            request.Headers.TryAddWithoutValidation("If-Match", etag);
        }

        var (answer, _) = await ExchangeAsync(request, cancellationToken);
        if (answer.Type != "async" || answer.Operation is null)
        {
            return answer.Metadata;
        }

        var operation = await GetAsync(answer.Operation.Split('?')[0] + "/wait?timeout=-1", IncusJson.Default.IncusOperation, cancellationToken);
        return operation.StatusCode == Succeeded
            ? operation.Metadata
            : throw new IncusException(HttpStatusCode.InternalServerError, operation.Err ?? "The operation was cancelled.");
    }

    private async Task<(IncusAnswer Answer, string Etag)> ExchangeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            var answer = await response.Content.ReadFromJsonAsync(IncusJson.Default.IncusAnswer, cancellationToken)
                ?? throw new IncusException(response.StatusCode, "Incus gave an empty answer.");
            var etag = response.Headers.TryGetValues("ETag", out var values) ? string.Concat(values) : "";
            return response.IsSuccessStatusCode && answer.Type != "error"
                ? (answer, etag)
                : throw new IncusException(response.StatusCode, answer.Error ?? ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture));
        }
        catch (HttpRequestException e)
        {
            throw new InfrastructureException($"Incus does not answer on {socket} ({e.Message}): is incusd running?", e);
        }
        catch (JsonException e)
        {
            throw new InfrastructureException($"What answers on {socket} is not Incus.", e);
        }
    }
}
