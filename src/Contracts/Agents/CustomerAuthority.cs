using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Beffroi.Contracts.Agents;

/// <summary>
/// A certificate authority of a customer's own: whoever shows a certificate of it for a role's name signs in as that role, where the role is to sign in so.
/// Immutable.
/// </summary>
/// <param name="Pem">The certificate in the one form in which it is kept (RFC 7468), with a line feed at the end.</param>
/// <param name="Subject">Whom it names (RFC 4514).</param>
/// <param name="NotAfter">Until when it is good, UTC.</param>
/// <param name="Sha256">Of the certificate, in lower-case hexadecimal digits: its name wherever one of several is meant.</param>
public sealed record CustomerAuthority(string Pem, string Subject, DateTimeOffset NotAfter, string Sha256)
{
    /// <summary>The most of one database.</summary>
    public const int Most = 8;

    /// <summary>The longest one, in characters of PEM.</summary>
    public const int Longest = 8192;

    private const string Label = "CERTIFICATE";
    private const int LeastRsaBits = 2048;

    /// <summary>
    /// The authority that this is; null if it is none: one certificate in PEM and nothing beside it, that signed itself (what stands between it and a client's certificate
    /// comes with the latter), that may sign others, and whose key is RSA of at least 2048 bits or of an elliptic curve.
    /// </summary>
    public static CustomerAuthority? Parse(string? pem)
    {
        if (pem is not { Length: <= Longest } || !PemEncoding.TryFind(pem, out var fields) || pem[fields.Label] != Label
            || !string.IsNullOrWhiteSpace(pem[..fields.Location.Start]) || !string.IsNullOrWhiteSpace(pem[fields.Location.End..]))
        {
            return null;
        }

        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(Convert.FromBase64String(pem[fields.Base64Data]));
            return Signs(certificate) && certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData) && HasKey(certificate)
                ? new(
                    PemEncoding.WriteString(Label, certificate.RawData) + "\n", certificate.Subject, certificate.NotAfter.ToUniversalTime(),
                    certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant())
                : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static bool Signs(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(e => e.CertificateAuthority)
        && certificate.Extensions.OfType<X509KeyUsageExtension>().All(e => e.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign));

    private static bool HasKey(X509Certificate2 certificate)
    {
        using var rsa = certificate.GetRSAPublicKey();
        using var curve = certificate.GetECDsaPublicKey();
        return rsa is { KeySize: >= LeastRsaBits } || curve is not null;
    }
}
