using Beffroi.Platform.Identity.Workloads;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Beffroi.Platform.Identity.Providers;

/// <summary>Whom a provider has signed in.</summary>
/// <param name="Subject">Who: unique at the provider, and never another's.</param>
/// <param name="Shown">What it calls them; decides nothing.</param>
/// <param name="SecondFactor">Whether that had two factors, as the organization reads it.</param>
internal sealed record VerifiedIdentity(string Subject, string? Shown, bool SecondFactor);

/// <summary>Verifies identity tokens (OpenID Connect Core section 3.1.3.7, RFC 8725). Safe for concurrent use.</summary>
internal sealed class IdentityTokens(IssuerKeys issuers, TimeProvider time)
{
    private const int MaxLength = 16 << 10, LongestSubject = 255, LongestName = 200;

    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    // Signatures by private keys alone: one by the client's secret could be anybody's who has it, and one by nobody is nobody's.
    private static readonly string[] Algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = MaxLength };

    /// <summary>Whom a token is about; or, for the ledger, what is wrong with it.</summary>
    /// <param name="provider">From which it was got.</param>
    /// <param name="token">The token.</param>
    /// <param name="nonce">With which it was asked for.</param>
    /// <param name="askedAt">When it was, UTC.</param>
    /// <param name="cancellationToken">Stops waiting for the provider's keys.</param>
    public async Task<(VerifiedIdentity? Identity, string? Wrong)> VerifyAsync(
        RegisteredProvider provider, string token, string nonce, DateTimeOffset askedAt, CancellationToken cancellationToken)
    {
        if (Read(token) is not { } read)
        {
            return (null, "unreadable-token");
        }

        var now = time.GetUtcNow();
        var keys = await issuers.OfAsync(provider.Issuer, provider.Authority, string.IsNullOrEmpty(read.Kid) ? null : read.Kid, cancellationToken);
        var result = keys.Count == 0 ? null : await _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = provider.Issuer,
            ValidAudience = provider.ClientId,
            IssuerSigningKeys = keys,
            ValidAlgorithms = Algorithms,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            ClockSkew = Skew,
            LifetimeValidator = (from, until, _, _) => until is { } end && end > (now - Skew).UtcDateTime && (from is null || from <= (now + Skew).UtcDateTime),
        });
        if (result is not { IsValid: true, SecurityToken: JsonWebToken valid })
        {
            return (null, "invalid-token");
        }

        // For others too: then it says who asked for it, and that is us.
        var party = One(valid, "azp");
        if ((valid.Audiences.Count() > 1 && party is null) || (party is not null && party != provider.ClientId) || Count(valid, "azp") > 1)
        {
            return (null, "wrong-party");
        }

        // Made for what this browser asked, and since.
        if (One(valid, "nonce") != nonce)
        {
            return (null, "wrong-nonce");
        }

        if (Time(valid, "iat") is not { } issued || issued > now + Skew || issued < askedAt - Skew)
        {
            return (null, "wrong-time");
        }

        if (provider.MaxAge is { } age && (Time(valid, "auth_time") is not { } signedIn || signedIn > now + Skew || signedIn < now - age - Skew))
        {
            return (null, "too-long-ago");
        }

        var acr = One(valid, "acr");
        if (provider.AcrValues.Count > 0 && (acr is null || !provider.AcrValues.Contains(acr, StringComparer.Ordinal)))
        {
            return (null, "missing-acr");
        }

        return One(valid, "sub") is { Length: > 0 and <= LongestSubject } subject && !subject.Any(char.IsControl)
            ? (new VerifiedIdentity(subject, Shown(valid, provider.NameClaim), IsSecondFactor(valid, acr, provider)), null)
            : (null, "wrong-subject");
    }

    private static bool IsSecondFactor(JsonWebToken token, string? acr, RegisteredProvider provider) =>
        (acr is not null && provider.SecondFactorAcr.Contains(acr, StringComparer.Ordinal))
        || token.Claims.Any(c => c.Type == "amr" && provider.SecondFactorAmr.Contains(c.Value, StringComparer.Ordinal));

    private static string? Shown(JsonWebToken token, string? claim) =>
        claim is not null && One(token, claim) is { Length: > 0 and <= LongestName } name && !name.Any(c => char.IsControl(c) || char.IsSurrogate(c)) ? name : null;

    private static JsonWebToken? Read(string token)
    {
        if (token.Length > MaxLength)
        {
            return null;
        }

        try
        {
            var read = new JsonWebToken(token);
            // Neither a token for something else (RFC 8725 section 3.11) nor one with an extension that has to be understood (RFC 7515 section 4.1.11): none is.
            return read.Typ is null or "" or "JWT" && !read.TryGetHeaderValue<object>("crit", out _) ? read : null;
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException or FormatException)
        {
            return null;
        }
    }

    private static int Count(JsonWebToken token, string name) => token.Claims.Count(c => c.Type == name);

    private static string? One(JsonWebToken token, string name) => Count(token, name) == 1 && token.TryGetClaim(name, out var claim) ? claim.Value : null;

    private static DateTimeOffset? Time(JsonWebToken token, string name) =>
        long.TryParse(One(token, name), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var seconds) && seconds < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
}
