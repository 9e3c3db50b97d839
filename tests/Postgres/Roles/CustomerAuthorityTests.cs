using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Contracts.Agents;
using CertificateRequest = System.Security.Cryptography.X509Certificates.CertificateRequest;

namespace Beffroi.Postgres.Tests.Roles;

/// <summary>What is taken as an authority of a customer's own.</summary>
public sealed class CustomerAuthorityTests
{
    [Fact]
    public void It_is_kept_in_one_form_whoever_wrote_it()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var certificate = SelfSigned(new CertificateRequest("CN=Clients, O=Hospital", key, HashAlgorithmName.SHA384));
        var pem = certificate.ExportCertificatePem();
        var authority = CustomerAuthority.Parse(pem)!;
        Assert.Equal(pem + "\n", authority.Pem);
        Assert.Equal(("CN=Clients, O=Hospital", certificate.NotAfter.ToUniversalTime()), (authority.Subject, authority.NotAfter.UtcDateTime));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(certificate.RawData)), authority.Sha256);
        Assert.Equal(authority, CustomerAuthority.Parse(authority.Pem));
        Assert.Equal(authority, CustomerAuthority.Parse("\r\n" + pem.Replace("\n", "\r\n", StringComparison.Ordinal) + "\r\n "));
    }

    [Fact]
    public void Nothing_else_is_taken()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var small = RSA.Create(1024);
        using var large = RSA.Create(2048);
        using var root = SelfSigned(new CertificateRequest("CN=Root", key, HashAlgorithmName.SHA256));
        using var weak = SelfSigned(new CertificateRequest("CN=Root", small, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        using var good = SelfSigned(new CertificateRequest("CN=Root", large, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        using var leaf = SelfSigned(new CertificateRequest("CN=Root", key, HashAlgorithmName.SHA256), authority: false);
        using var other = SelfSigned(new CertificateRequest("CN=Root", key, HashAlgorithmName.SHA256), usage: X509KeyUsageFlags.DigitalSignature);
        using var between = Issued(new CertificateRequest("CN=Between", key, HashAlgorithmName.SHA256), root);
        Assert.NotNull(CustomerAuthority.Parse(good.ExportCertificatePem()));
        var pem = root.ExportCertificatePem();
        foreach (var text in (string?[])
        [
            null, "", "-----BEGIN CERTIFICATE-----", weak.ExportCertificatePem(), leaf.ExportCertificatePem(), other.ExportCertificatePem(), between.ExportCertificatePem(),
            pem + "\n" + pem, pem + "\n" + key.ExportPkcs8PrivateKeyPem(), "# ours\n" + pem, key.ExportPkcs8PrivateKeyPem(),
            pem.Replace("CERTIFICATE", "TRUSTED CERTIFICATE", StringComparison.Ordinal), PemEncoding.WriteString("CERTIFICATE", root.RawData.AsSpan(0, 100)),
            pem + new string(' ', CustomerAuthority.Longest),
        ])
        {
            Assert.Null(CustomerAuthority.Parse(text));
        }
    }

    // Whatever bytes a certificate's form holds: an answer, and never an exception.
    [Fact]
    public void What_is_broken_anywhere_is_no_authority_or_another()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = SelfSigned(new CertificateRequest("CN=Root", key, HashAlgorithmName.SHA256));
        for (var at = 0; at < root.RawData.Length; at++)
        {
            var bytes = root.RawData.ToArray();
            bytes[at] ^= 0x41;
            Assert.NotEqual(CustomerAuthority.Parse(root.ExportCertificatePem()), CustomerAuthority.Parse(PemEncoding.WriteString("CERTIFICATE", bytes)));
        }
    }

    private static X509Certificate2 SelfSigned(CertificateRequest request, bool authority = true, X509KeyUsageFlags usage = X509KeyUsageFlags.KeyCertSign) =>
        With(request, authority, usage).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));

    private static X509Certificate2 Issued(CertificateRequest request, X509Certificate2 by) =>
        With(request, authority: true, X509KeyUsageFlags.KeyCertSign).Create(by, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1), [1, 2, 3]);

    private static CertificateRequest With(CertificateRequest request, bool authority, X509KeyUsageFlags usage)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(authority, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
        return request;
    }
}
