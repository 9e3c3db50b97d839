using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Beffroi.Kernel;
using Beffroi.Platform.Outbound;

namespace Beffroi.Platform.Identity.Providers;

/// <summary>Where a provider is asked, as it says itself (OpenID Connect Discovery 1.0 section 3).</summary>
/// <param name="Authorization">Where browsers go.</param>
/// <param name="Token">Where codes are redeemed.</param>
/// <param name="NamesItself">Whether it says in its answers which issuer it is (RFC 9207).</param>
/// <param name="TakesPost">Whether it takes the client's secret in the form only, and not as HTTP Basic.</param>
internal sealed record ProviderMetadata(Uri Authorization, Uri Token, bool NamesItself, bool TakesPost);

/// <summary>Speaks with identity providers, through <see cref="OutboundConnections"/>: no redirects, no private addresses unless the operator allows them, bounded answers. Safe for concurrent use.</summary>
internal sealed class ProviderClient(OutboundConnections outbound, TimeProvider time)
{
    private const int MaxAnswer = 256 << 10;
    private const int MostKept = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), Fresh = TimeSpan.FromMinutes(10), Again = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<(string Issuer, string? Authority), Kept> _kept = new();

    /// <summary>What a provider says of itself; null if it says nothing that could be used. Kept for ten minutes, a failure for some seconds.</summary>
    public async Task<ProviderMetadata?> MetadataAsync(RegisteredProvider provider, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (_kept.TryGetValue((provider.Issuer, provider.Authority), out var kept) && now - kept.At < (kept.Metadata is null ? Again : Fresh))
        {
            return kept.Metadata;
        }

        var metadata = await FetchAsync(provider, cancellationToken);
        if (_kept.Count >= MostKept)
        {
            _kept.Clear();
        }

        _kept[(provider.Issuer, provider.Authority)] = new Kept(now, metadata);
        return metadata;
    }

    /// <summary>Redeems an authorization code (OpenID Connect Core section 3.1.3) for an identity token; null if there is none to be had.</summary>
    /// <param name="provider">Whose.</param>
    /// <param name="metadata">Where.</param>
    /// <param name="credential">The client's secret, or the key that it signs with.</param>
    /// <param name="code">What came back.</param>
    /// <param name="redirectUri">Where it came back to.</param>
    /// <param name="verifier">The proof key.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<string?> RedeemAsync(
        RegisteredProvider provider, ProviderMetadata metadata, Secret credential, string code, string redirectUri, string verifier, CancellationToken cancellationToken)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirectUri, ["code_verifier"] = verifier };
        using var request = new HttpRequestMessage(HttpMethod.Post, metadata.Token);
        if (provider.ClientKey is not null)
        {
            (form["client_id"], form["client_assertion_type"]) = (provider.ClientId, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
            form["client_assertion"] = ClientKeys.Assert(provider, metadata.Token, credential, time.GetUtcNow());
        }
        else if (metadata.TakesPost)
        {
            (form["client_id"], form["client_secret"]) = (provider.ClientId, credential.RevealText());
        }
        else
        {
            // RFC 6749 section 2.3.1: each of the two encoded as in a form.
            var both = WebUtility.UrlEncode(provider.ClientId) + ":" + WebUtility.UrlEncode(credential.RevealText());
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(both)));
        }

        request.Content = new FormUrlEncodedContent(form);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        try
        {
            using var http = Client(provider);
            using var answer = await http.SendAsync(request, cancellationToken);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                return null;
            }

            using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancellationToken));
            return document.RootElement is { ValueKind: JsonValueKind.Object } root ? Text(root, "id_token") : null;
        }
        catch (Exception e) when (IsTheirs(e, cancellationToken))
        {
            return null;
        }
    }

    private async Task<ProviderMetadata?> FetchAsync(RegisteredProvider provider, CancellationToken cancellationToken)
    {
        try
        {
            using var http = Client(provider);
            using var document = JsonDocument.Parse(await http.GetStringAsync(new Uri(provider.Issuer.TrimEnd('/') + "/.well-known/openid-configuration"), cancellationToken));
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && Text(root, "issuer") == provider.Issuer
                && Address(root, "authorization_endpoint") is { } authorization && Address(root, "token_endpoint") is { } token
                    ? new ProviderMetadata(
                        authorization, token,
                        root.TryGetProperty("authorization_response_iss_parameter_supported", out var names) && names.ValueKind == JsonValueKind.True,
                        Methods(root) is { } methods && !methods.Contains("client_secret_basic") && methods.Contains("client_secret_post"))
                    : null;
        }
        catch (Exception e) when (IsTheirs(e, cancellationToken))
        {
            return null;
        }
    }

    private HttpClient Client(RegisteredProvider provider) => new(outbound.CreateHandler(provider.Authority)) { Timeout = Patience, MaxResponseContentBufferSize = MaxAnswer };

    private static bool IsTheirs(Exception e, CancellationToken cancellationToken) =>
        e is HttpRequestException or IOException or JsonException or InvalidOperationException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested);

    private static List<string?>? Methods(JsonElement root) =>
        root.TryGetProperty("token_endpoint_auth_methods_supported", out var methods) && methods.ValueKind == JsonValueKind.Array
            ? [.. methods.EnumerateArray().Select(m => m.ValueKind == JsonValueKind.String ? m.GetString() : null)]
            : null;

    // A query may be part of it (RFC 6749 section 3.1), a fragment not; and it is as much https as the issuer.
    private static Uri? Address(JsonElement root, string name) =>
        Text(root, name) is { Length: <= 1000 } text && Uri.TryCreate(text, UriKind.Absolute, out var address) && address is { Scheme: "https", UserInfo: "", Fragment: "", Host.Length: > 0 } ? address : null;

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private sealed record Kept(DateTimeOffset At, ProviderMetadata? Metadata);
}
