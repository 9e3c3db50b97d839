using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Beffroi.Platform.Identity;

/// <summary>
/// A service account's signed statement that it is itself (RFC 7523 section 3, in the form of RFC 7515): a JWT with ES256 or ES384, addressed to this installation,
/// valid for five minutes at most, and good once.
/// </summary>
/// <param name="Organization">From the subject, <c>ORGANIZATION/NAME</c>.</param>
/// <param name="Name">The service account's.</param>
/// <param name="Algorithm"><c>ES256</c> or <c>ES384</c>.</param>
/// <param name="Signed">What the signature covers.</param>
/// <param name="Signature">r and s.</param>
/// <param name="Id">The <c>jti</c>.</param>
/// <param name="ExpiresAt">UTC.</param>
internal sealed record ClientAssertion(string Organization, string Name, string Algorithm, byte[] Signed, byte[] Signature, string Id, DateTimeOffset ExpiresAt)
{
    private const int MaxLength = 4096;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    /// <summary>Reads an assertion; null if it can't be one that is valid now. The signature is still to be checked.</summary>
    public static ClientAssertion? Read(string text, string audience, DateTimeOffset now)
    {
        if (text.Length > MaxLength || text.Split('.') is not [var header, var payload, var signature])
        {
            return null;
        }

        try
        {
            using var head = Json(header);
            using var body = Json(payload);
            var (h, b) = (head.RootElement, body.RootElement);
            if (Text(h, "alg") is not ("ES256" or "ES384") || h.TryGetProperty("crit", out _)
                || Text(b, "sub") is not { } subject || Text(b, "iss") != subject || subject.Split('/') is not [var organization, var name]
                || Text(b, "jti") is not { Length: >= 16 and <= 128 } id || !IsFor(b, audience)
                || !b.TryGetProperty("exp", out var exp) || !exp.TryGetInt64(out var seconds) || seconds is < 0 or > 253_402_300_799
                || (b.TryGetProperty("nbf", out var nbf) && (!nbf.TryGetInt64(out var from) || from > (now + Skew).ToUnixTimeSeconds())))
            {
                return null;
            }

            var expires = DateTimeOffset.FromUnixTimeSeconds(seconds);
            return expires <= now || expires > now + Longest + Skew
                ? null
                : new ClientAssertion(organization, name, Text(h, "alg")!, Encoding.ASCII.GetBytes(header + "." + payload), Base64Url.DecodeFromChars(signature), id, expires);
        }
        catch (Exception bad) when (bad is FormatException or JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Whether one of these public keys (PEM) made the signature.</summary>
    public bool IsSignedBy(IEnumerable<string> publicKeys) => publicKeys.Any(pem =>
    {
        using var key = PublicKey(pem);
        return key is not null && (key.KeySize, Algorithm) is (256, "ES256") or (384, "ES384")
            && key.VerifyData(Signed, Signature, key.KeySize == 256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA384, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    });

    /// <summary>A public key on P-256 or P-384; null for anything else, a private key included.</summary>
    public static ECDsa? PublicKey(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            if (pem.Length <= 1024 && PemEncoding.TryFind(pem, out var fields) && pem[fields.Label] == "PUBLIC KEY")
            {
                key.ImportFromPem(pem);
                if (key.ExportParameters(false).Curve.Oid.FriendlyName is "nistP256" or "nistP384" or "ECDSA_P256" or "ECDSA_P384")
                {
                    return key;
                }
            }
        }
        catch (Exception bad) when (bad is CryptographicException or ArgumentException)
        {
            // Not a key.
        }

        key.Dispose();
        return null;
    }

    private static JsonDocument Json(string part) => JsonDocument.Parse(Base64Url.DecodeFromChars(part), new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 4 });

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool IsFor(JsonElement body, string audience) => body.TryGetProperty("aud", out var aud) && (
        aud.ValueKind == JsonValueKind.String ? aud.GetString() == audience
        : aud.ValueKind == JsonValueKind.Array && aud.GetArrayLength() == 1 && aud[0].ValueKind == JsonValueKind.String && aud[0].GetString() == audience);
}
