using System.Text.Json.Serialization;

namespace Beffroi.Contracts;

/// <summary>The public keys of a service account.</summary>
/// <param name="Keys">PEM blocks <c>PUBLIC KEY</c> (SubjectPublicKeyInfo), on P-256 or P-384.</param>
public sealed record PublicKeys(IReadOnlyList<string> Keys);

/// <summary>An access token (RFC 6749 section 5.1).</summary>
/// <param name="AccessToken">The bearer token.</param>
/// <param name="TokenType"><c>Bearer</c>.</param>
/// <param name="ExpiresIn">Seconds.</param>
public sealed record OAuthToken(
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("token_type")] string TokenType,
    [property: JsonPropertyName("expires_in")] int ExpiresIn)
{
    /// <summary>Prints no token.</summary>
    public override string ToString() => TokenType;
}

/// <summary>Why there is no token (RFC 6749 section 5.2).</summary>
/// <param name="Error">e.g. <c>invalid_client</c>.</param>
public sealed record OAuthError(string Error);
