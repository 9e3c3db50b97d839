using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Beffroi.Kernel;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Beffroi.Platform.Identity.Providers;

/// <summary>Keys with which we show a provider who we are: OpenID Connect Core section 9, private_key_jwt (RFC 7523), ES256.</summary>
internal static class ClientKeys
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    /// <summary>A new one: PKCS#8, and its public half as a JSON Web Key (RFC 7517).</summary>
    public static (Secret PrivateKey, string PublicKey) Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var bytes = key.ExportPkcs8PrivateKey();
        var secret = Secret.FromBytes(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        var q = key.ExportParameters(includePrivateParameters: false).Q;
        var jwk = new JsonObject
        {
            ["kty"] = "EC",
            ["crv"] = "P-256",
            ["use"] = "sig",
            ["alg"] = SecurityAlgorithms.EcdsaSha256,
            ["kid"] = Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 12)),
            ["x"] = Base64Url.EncodeToString(q.X!),
            ["y"] = Base64Url.EncodeToString(q.Y!),
        };
        return (secret, jwk.ToJsonString());
    }

    /// <summary>An assertion for one use, within a minute.</summary>
    /// <param name="provider">With a key.</param>
    /// <param name="token">Its token endpoint, for which alone the assertion is good.</param>
    /// <param name="privateKey">The key's private half.</param>
    /// <param name="now">UTC.</param>
    public static string Assert(RegisteredProvider provider, Uri token, Secret privateKey, DateTimeOffset now)
    {
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(privateKey.Reveal(), out _);
        var signer = new ECDsaSecurityKey(key)
        {
            KeyId = (string?)JsonNode.Parse(provider.ClientKey!)!["kid"],
            // The key ends here, and so must whatever signs with it.
            CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
        };
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = provider.ClientId,
            Audience = token.AbsoluteUri,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = (now + Lifetime).UtcDateTime,
            Claims = new Dictionary<string, object> { ["sub"] = provider.ClientId, ["jti"] = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)) },
            SigningCredentials = new SigningCredentials(signer, SecurityAlgorithms.EcdsaSha256),
        });
    }
}
