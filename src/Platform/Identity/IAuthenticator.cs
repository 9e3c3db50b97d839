namespace Beffroi.Platform.Identity;

/// <summary>Tells who presents a bearer token (RFC 6750). Safe for concurrent use.</summary>
public interface IAuthenticator
{
    /// <summary>
    /// The principal in this directory, or null for a token that is unknown there, expired or revoked, or whose holder is disabled. Tokens are
    /// looked up by their SHA-256; one of the other directory is unknown like any other.
    /// </summary>
    Task<Principal?> AuthenticateAsync(Side side, string bearerToken, CancellationToken cancellationToken);
}
