namespace Beffroi.Platform.Identity;

/// <summary>
/// Tells who presents a bearer token (RFC 6750). The seam behind which the full identity model comes. Safe for concurrent use.
/// </summary>
public interface IAuthenticator
{
    /// <summary>The principal, or null for a token that is unknown or expired. Tokens are looked up by their SHA-256.</summary>
    Task<Principal?> AuthenticateAsync(string bearerToken, CancellationToken cancellationToken);
}
