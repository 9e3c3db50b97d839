using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Beffroi.Platform.Identity.Providers;

/// <summary>
/// What a sign-in by way of a provider is bound to the browser by: all derived (HMAC-SHA-256) from a cookie of 256 random bits that only the browser has, so that the store holds nothing with which
/// somebody could take a sign-in over.
/// </summary>
/// <param name="cookie">The cookie's value.</param>
internal sealed class ProviderSecrets(string cookie)
{
    /// <summary>Comes back in the address (RFC 6749 section 4.1.1).</summary>
    public string State => Derive("state");

    /// <summary>Comes back in the identity token (OpenID Connect Core section 3.1.2.1).</summary>
    public string Nonce => Derive("nonce");

    /// <summary>The proof key (RFC 7636): 43 characters.</summary>
    public string Verifier => Derive("verifier");

    /// <summary>Of <see cref="Verifier"/>, by S256.</summary>
    public string Challenge => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    /// <summary>Whether it is <see cref="State"/>; takes the same time for any of its length.</summary>
    public bool IsState(string? given) => given is { Length: 43 } && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(State));

    /// <summary>Prints no secret.</summary>
    public override string ToString() => "(provider secrets)";

    private string Derive(string purpose) => Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(cookie), Encoding.UTF8.GetBytes("beffroi/provider/1 " + purpose)));
}
