using System.Text.Json.Serialization;

namespace Beffroi.Contracts;

/// <summary>The public keys of a service account.</summary>
/// <param name="Keys">PEM blocks <c>PUBLIC KEY</c> (SubjectPublicKeyInfo), on P-256 or P-384.</param>
public sealed record PublicKeys(IReadOnlyList<string> Keys);

/// <summary>An access token (RFC 6749 section 5.1).</summary>
/// <param name="AccessToken">The bearer token.</param>
/// <param name="TokenType"><c>Bearer</c>.</param>
/// <param name="ExpiresIn">Seconds.</param>
/// <param name="IssuedTokenType">Of a token that was exchanged (RFC 8693 section 2.2.1); else null.</param>
public sealed record OAuthToken(
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("token_type")] string TokenType,
    [property: JsonPropertyName("expires_in")] int ExpiresIn,
    [property: JsonPropertyName("issued_token_type")] string? IssuedTokenType = null)
{
    /// <summary>Prints no token.</summary>
    public override string ToString() => TokenType;
}

/// <summary>Why there is no token (RFC 6749 section 5.2).</summary>
/// <param name="Error">e.g. <c>invalid_client</c>.</param>
public sealed record OAuthError(string Error);

/// <summary>A person's tokens (RFC 6749 section 5.1).</summary>
/// <param name="AccessToken">The bearer token, for minutes.</param>
/// <param name="RefreshToken">Good once, for the next pair.</param>
/// <param name="ExpiresIn">Seconds.</param>
public sealed record SessionTokens(
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("refresh_token")] string RefreshToken,
    [property: JsonPropertyName("expires_in")] int ExpiresIn)
{
    /// <summary>Prints no token.</summary>
    public override string ToString() => "(tokens)";
}

/// <summary>A device's codes (RFC 8628 section 3.2).</summary>
/// <param name="DeviceCode">With which the device asks.</param>
/// <param name="UserCode">What the person types.</param>
/// <param name="VerificationUri">Where.</param>
/// <param name="ExpiresIn">Seconds.</param>
/// <param name="Interval">Seconds between two questions.</param>
public sealed record DeviceAuthorization(
    [property: JsonPropertyName("device_code")] string DeviceCode,
    [property: JsonPropertyName("user_code")] string UserCode,
    [property: JsonPropertyName("verification_uri")] string VerificationUri,
    [property: JsonPropertyName("expires_in")] int ExpiresIn,
    [property: JsonPropertyName("interval")] int Interval = 5)
{
    /// <summary>Prints no code.</summary>
    public override string ToString() => VerificationUri;
}
