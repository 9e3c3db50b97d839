using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Beffroi.Platform.Pki;

/// <summary>The public key of a certificate request (PKCS#10, RFC 2986): all that we take from one.</summary>
internal static class RequestedKey
{
    private const int MaxLength = 4096;
    private static readonly string[] Curves = ["1.2.840.10045.3.1.7", "1.3.132.0.34"];

    /// <summary>The key, of which the request's signature shows possession.</summary>
    /// <exception cref="InvalidCertificateRequestException">It isn't a request, the signature is wrong, or the key isn't on P-256 or P-384.</exception>
    public static PublicKey Read(byte[] certificateRequest)
    {
        if (certificateRequest.Length is 0 or > MaxLength)
        {
            throw new InvalidCertificateRequestException($"A certificate request has 1 to {MaxLength} bytes.");
        }

        try
        {
            // Loading verifies the signature unless told otherwise.
            var request = CertificateRequest.LoadSigningRequest(certificateRequest, HashAlgorithmName.SHA384, out var read);
            using var key = request.PublicKey.GetECDsaPublicKey();
            return read == certificateRequest.Length && key is not null && Curves.Contains(key.ExportParameters(false).Curve.Oid.Value, StringComparer.Ordinal)
                ? request.PublicKey
                : throw new InvalidCertificateRequestException("The key of the certificate request must be ECDSA on P-256 or P-384.");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException)
        {
            throw new InvalidCertificateRequestException("This is not a valid certificate request (PKCS#10, DER, signed by its own key).", e);
        }
    }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo.</summary>
    public static byte[] Fingerprint(byte[] certificateRequest) => SHA256.HashData(Read(certificateRequest).ExportSubjectPublicKeyInfo());
}
