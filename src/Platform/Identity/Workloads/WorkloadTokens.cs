using Beffroi.Contracts;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Beffroi.Platform.Identity.Workloads;

/// <summary>Holds tokens of issuers elsewhere against workload identities (RFC 7519, RFC 8725). Safe for concurrent use.</summary>
internal sealed class WorkloadTokens(IssuerKeys issuers, TimeProvider time)
{
    private const int MaxLength = 8192;

    // What is valid for longer is no token of something that runs.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24), Skew = TimeSpan.FromSeconds(30);

    // Signatures by private keys alone: with a shared secret, or none, nobody signs.
    private static readonly string[] Algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = MaxLength };

    /// <summary>Which of the identities the token is, and when it ends; null if it is none of them.</summary>
    public async Task<(WorkloadIdentity Identity, DateTimeOffset ExpiresAt)?> MatchAsync(string token, IReadOnlyList<WorkloadIdentity> identities, CancellationToken cancellationToken)
    {
        if (token.Length > MaxLength || Read(token) is not { } read)
        {
            return null;
        }

        var now = time.GetUtcNow();
        // Only issuers that the account names are asked for keys, and only for tokens that could be the right ones.
        foreach (var identity in identities.Where(i => i.Issuer == read.Issuer && i.Subject == read.Subject && read.Audiences.Contains(i.Audience, StringComparer.Ordinal) && HasClaims(read, i.Claims)))
        {
            var keys = identity.Keys is { } given ? IssuerKeys.Read(given) ?? [] : await issuers.OfAsync(identity.Issuer, identity.Authority, NullIfEmpty(read.Kid), cancellationToken);
            var result = keys.Count == 0 ? null : await _handler.ValidateTokenAsync(token, new TokenValidationParameters
            {
                ValidIssuer = identity.Issuer,
                ValidAudience = identity.Audience,
                IssuerSigningKeys = keys,
                ValidAlgorithms = Algorithms,
                RequireSignedTokens = true,
                RequireExpirationTime = true,
                ClockSkew = Skew,
                LifetimeValidator = (from, until, _, parameters) =>
                    until is { } end && end > now.UtcDateTime && end <= (now + Longest).UtcDateTime && (from is null || from <= (now + parameters.ClockSkew).UtcDateTime),
            });
            if (result is { IsValid: true, SecurityToken: JsonWebToken valid })
            {
                return (identity, new DateTimeOffset(DateTime.SpecifyKind(valid.ValidTo, DateTimeKind.Utc)));
            }
        }

        return null;
    }

    private static JsonWebToken? Read(string token)
    {
        try
        {
            var read = new JsonWebToken(token);
            // An extension that must be understood (RFC 7515 section 4.1.11), and none is.
            return read.TryGetHeaderValue<object>("crit", out _) || string.IsNullOrEmpty(read.Issuer) || string.IsNullOrEmpty(read.Subject) ? null : read;
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException or FormatException)
        {
            return null;
        }
    }

    private static bool HasClaims(JsonWebToken token, IReadOnlyDictionary<string, string> wanted) =>
        wanted.All(w => token.TryGetClaim(w.Key, out var claim) && string.Equals(claim.Value, w.Value, StringComparison.Ordinal) && token.Claims.Count(c => c.Type == w.Key) == 1);

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
