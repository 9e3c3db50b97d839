using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Beffroi.Server.Tests;

/// <summary>A service account's client credentials with a signed assertion (RFC 7523), as a program makes them.</summary>
internal static class ClientAssertion
{
    /// <summary>What it says of an account, written <c>organization/name</c>: good for two minutes, and once.</summary>
    public static JsonObject Claims(string account) => new()
    {
        ["iss"] = account,
        ["sub"] = account,
        ["aud"] = "urn:beffroi:beffroi",
        ["jti"] = Guid.NewGuid().ToString("N"),
        ["exp"] = DateTimeOffset.UtcNow.AddMinutes(2).ToUnixTimeSeconds(),
    };

    public static string Sign(JsonObject claims, ECDsa key, string algorithm = "ES256", string? header = null)
    {
        var text = Part(header ?? $$"""{"alg":"{{algorithm}}","typ":"JWT"}""") + "." + Part(claims.ToJsonString());
        return text + "." + Base64Url.EncodeToString(key.SignData(
            Encoding.ASCII.GetBytes(text), algorithm == "ES384" ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));

        static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
    }

    /// <summary>What is asked of the token endpoint with one.</summary>
    public static (string Key, string Value)[] Form(string assertion) =>
        [("grant_type", "client_credentials"), ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), ("client_assertion", assertion)];
}
