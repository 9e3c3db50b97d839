using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Beffroi.Contracts;
using Beffroi.Hosts.WebConsole.SignIn;
using Microsoft.AspNetCore.Http;

namespace Beffroi.Hosts.WebConsole.Api;

/// <summary>The API as the person of a session has it. For one request of a browser's.</summary>
internal sealed class ApiClient(IConsoleApi api, ConsoleSession session, ConsoleOptions options, HttpContext http)
{
    // A token that ends on the way would cost a question more.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(20);

    public static string Segment(string name) => Uri.EscapeDataString(name);

    /// <summary>Reads something.</summary>
    /// <exception cref="ApiRefusalException">It may not, or isn't there.</exception>
    /// <exception cref="ApiAwayException">No answer.</exception>
    /// <exception cref="SessionEndedException">Nobody is signed in any more.</exception>
    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type)
    {
        using var answer = await SendAsync(() => new HttpRequestMessage(HttpMethod.Get, path));
        return await ReadAsync(answer, type);
    }

    /// <summary>Reads something that needn't be there; null if it isn't.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public async Task<T?> FindAsync<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return await GetAsync(path, type);
        }
        catch (ApiRefusalException refusal) when (refusal.Problem.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Makes something that isn't there yet.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public async Task<TResult> CreateAsync<T, TResult>(string path, T body, JsonTypeInfo<T> type, JsonTypeInfo<TResult> result)
    {
        using var answer = await SendAsync(() =>
        {
            var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = JsonContent.Create(body, type) };
            request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
            return request;
        });
        return await ReadAsync(answer, result);
    }

    /// <summary>Changes something that is as its tag says.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public async Task<TResult> ChangeAsync<T, TResult>(string path, string etag, T body, JsonTypeInfo<T> type, JsonTypeInfo<TResult> result)
    {
        using var answer = await SendAsync(() =>
        {
            var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = JsonContent.Create(body, type) };
            request.Headers.IfMatch.Add(new EntityTagHeaderValue("\"" + etag.Trim('"') + "\""));
            return request;
        });
        return await ReadAsync(answer, result);
    }

    /// <summary>Makes or changes something that has no tag.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public async Task<TResult> PutAsync<T, TResult>(string path, T body, JsonTypeInfo<T> type, JsonTypeInfo<TResult> result)
    {
        using var answer = await SendAsync(() => new HttpRequestMessage(HttpMethod.Put, path) { Content = JsonContent.Create(body, type) });
        return await ReadAsync(answer, result);
    }

    /// <summary>Asks for something to be done.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public async Task<TResult> PostAsync<T, TResult>(string path, T body, JsonTypeInfo<T> type, JsonTypeInfo<TResult> result)
    {
        using var answer = await SendAsync(() => new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, type) });
        return await ReadAsync(answer, result);
    }

    /// <summary>Asks for something to be done that needs no more words.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public async Task<TResult> RequestAsync<TResult>(HttpMethod method, string path, JsonTypeInfo<TResult> result)
    {
        using var answer = await SendAsync(() => new HttpRequestMessage(method, path));
        return await ReadAsync(answer, result);
    }

    /// <summary>Reads a text, of which a page needs a few lines.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public Task<string> TextAsync(string path) => RawAsync(path, content => content.ReadAsStringAsync(http.RequestAborted));

    /// <summary>Reads what is handed on as it is.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public Task<byte[]> BytesAsync(string path) => RawAsync(path, content => content.ReadAsByteArrayAsync(http.RequestAborted));

    private async Task<T> RawAsync<T>(string path, Func<HttpContent, Task<T>> read)
    {
        using var answer = await SendAsync(() => new HttpRequestMessage(HttpMethod.Get, path));
        if (answer.IsSuccessStatusCode)
        {
            return await read(answer.Content);
        }

        await ReadAsync(answer, WireJson.Default.ProblemDocument);
        throw new ApiAwayException();
    }

    private async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> make)
    {
        var token = await session.TokenAsync(http, Margin);
        for (var again = true; ; again = false)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
            patience.CancelAfter(options.Patience);
            HttpResponseMessage answer;
            try
            {
                using var request = make();
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                answer = await api.SendAsync(request, http.Connection.RemoteIpAddress, patience.Token);
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException || (failure is OperationCanceledException && !http.RequestAborted.IsCancellationRequested))
            {
                throw new ApiAwayException(failure);
            }

            if (answer.StatusCode != HttpStatusCode.Unauthorized)
            {
                return answer;
            }

            answer.Dispose();
            // It may have ended a moment ago, or the session has.
            token = again ? await session.RenewAsync(http, token) : throw new SessionEndedException();
        }
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage answer, JsonTypeInfo<T> type)
    {
        try
        {
            if (answer.IsSuccessStatusCode)
            {
                return await answer.Content.ReadFromJsonAsync(type, http.RequestAborted) ?? throw new ApiAwayException();
            }

            var problem = answer.StatusCode < HttpStatusCode.InternalServerError ? await answer.Content.ReadFromJsonAsync(WireJson.Default.ProblemDocument, http.RequestAborted) : null;
            throw problem is null ? new ApiAwayException() : new ApiRefusalException(problem);
        }
        catch (Exception failure) when (failure is JsonException or HttpRequestException or IOException)
        {
            throw new ApiAwayException(failure);
        }
    }
}
