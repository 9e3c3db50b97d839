using System.Collections.Concurrent;
using System.Text.Json;
using Beffroi.Platform.Http.Endpoints;
using Beffroi.Platform.Outbound;
using Microsoft.IdentityModel.Tokens;

namespace Beffroi.Platform.Identity.Workloads;

/// <summary>
/// Public keys of issuers elsewhere, fetched from where they publish them (OpenID Connect Discovery 1.0, RFC 7517) and kept for a while. Safe for concurrent use.
/// </summary>
internal sealed class IssuerKeys(OutboundConnections outbound, TimeProvider time)
{
    private const int MaxAnswer = 256 << 10;
    private const int MostIssuers = 1000;
    private const int SmallestRsa = 2048;

    // A key that isn't known yet is looked for once a minute: whoever sends tokens of nobody makes no more requests than that.
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10), Again = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(string Issuer, string? Authority), Kept> _kept = new();

    /// <summary>The keys that an issuer signs with; none if they can't be had.</summary>
    /// <param name="issuer">An https address.</param>
    /// <param name="authority">As in <see cref="OutboundConnections.CreateHandler"/>.</param>
    /// <param name="keyId">Which one is wanted: if it isn't among those that are kept, they are fetched again.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<IReadOnlyList<SecurityKey>> OfAsync(string issuer, string? authority, string? keyId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (_kept.TryGetValue((issuer, authority), out var kept)
            && now - kept.At < (kept.Keys.Any(k => keyId is null || k.KeyId == keyId) ? Fresh : Again))
        {
            return kept.Keys;
        }

        var fetched = await FetchAsync(issuer, authority, cancellationToken);
        if (_kept.Count >= MostIssuers)
        {
            _kept.Clear();
        }

        // Where it is away for a moment, what was published before is still what it signs with.
        _kept[(issuer, authority)] = new Kept(now, fetched.Count > 0 ? fetched : kept is not null && now - kept.At < TimeSpan.FromHours(1) ? kept.Keys : []);
        return _kept[(issuer, authority)].Keys;
    }

    /// <summary>The keys of a set that can verify; null if it is none, or has none.</summary>
    public static IReadOnlyList<SecurityKey>? Read(string json)
    {
        try
        {
            var keys = new JsonWebKeySet(json).Keys
                .Where(k => k is { Kty: "EC" or "RSA", Use: null or "" or "sig" } && (k.Kty != "RSA" || k.KeySize >= SmallestRsa)).Cast<SecurityKey>().ToList();
            return keys.Count > 0 ? keys : null;
        }
        catch (Exception e) when (e is ArgumentException or JsonException or FormatException)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<SecurityKey>> FetchAsync(string issuer, string? authority, CancellationToken cancellationToken)
    {
        try
        {
            using var http = new HttpClient(outbound.CreateHandler(authority)) { Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = MaxAnswer };
            using var document = JsonDocument.Parse(await http.GetStringAsync(new Uri(issuer.TrimEnd('/') + "/.well-known/openid-configuration"), cancellationToken));
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && Text(root, "issuer") == issuer && Text(root, "jwks_uri") is { } address && Receivers.IsUrl(address, "https")
                ? Read(await http.GetStringAsync(new Uri(address), cancellationToken)) ?? []
                : [];
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or InvalidOperationException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return [];
        }
    }

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private sealed record Kept(DateTimeOffset At, IReadOnlyList<SecurityKey> Keys);
}
