using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Beffroi.Agent.Postgres;

/// <summary>Patroni's REST API on the instance's loopback. Source: Patroni 4.0 documentation, «Patroni REST API».</summary>
internal sealed class PatroniApi : IDisposable
{
    private readonly HttpClient _client = new() { BaseAddress = new Uri("http://127.0.0.1:8008"), Timeout = TimeSpan.FromSeconds(5) };

    /// <summary>What Patroni says of its member; null while it does not answer.</summary>
    internal async Task<JsonObject?> StatusAsync(CancellationToken cancellationToken)
    {
        try
        {
            // The status code tells the health; the body is there in any case.
            using var response = await _client.GetAsync(new Uri("/patroni", UriKind.Relative), cancellationToken);
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await JsonNode.ParseAsync(body, cancellationToken: cancellationToken) as JsonObject;
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Whether this node is the primary and holds the leader's lock: then the cluster is initialised, and Patroni won't begin it anew.</summary>
    internal async Task<bool> LeadsAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _client.GetAsync(new Uri("/primary", UriKind.Relative), cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Merges into the dynamic configuration; nothing happens where nothing differs.</summary>
    internal async Task PatchAsync(JsonObject change, CancellationToken cancellationToken)
    {
        using var content = new StringContent(change.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await _client.PatchAsync(new Uri("/config", UriKind.Relative), content, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Has Patroni read its file again and give PostgreSQL what changed.</summary>
    internal async Task ReloadAsync(CancellationToken cancellationToken)
    {
        using var response = await _client.PostAsync(new Uri("/reload", UriKind.Relative), content: null, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    public void Dispose() => _client.Dispose();
}
