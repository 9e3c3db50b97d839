using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Beffroi.Agent.Tests.Peers;

/// <summary>A certificate authority for a test.</summary>
internal sealed class TestAuthority : IDisposable
{
    public const string ServerUse = "1.3.6.1.5.5.7.3.1";
    public const string ClientUse = "1.3.6.1.5.5.7.3.2";
    public const string PeerUse = ServerUse + "," + ClientUse;
    private readonly X509Certificate2 _root;

    public TestAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(30));
    }

    public string Pem => _root.ExportCertificatePem();

    public X509Certificate2 Certificate => _root;

    /// <summary>The chain for a request (PKCS#10, DER), leaf first.</summary>
    public IReadOnlyList<byte[]> Sign(
        byte[] request, string name, IEnumerable<string> hosts, IEnumerable<IPAddress> addresses, string use, DateTimeOffset from, DateTimeOffset until)
    {
        var asked = CertificateRequest.LoadSigningRequest(request, HashAlgorithmName.SHA256);
        var given = new CertificateRequest(new X500DistinguishedName("CN=" + name), asked.PublicKey, HashAlgorithmName.SHA256);
        given.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        given.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. use.Split(',').Select(u => new Oid(u))], true));
        given.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_root, true, false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("name.invalid");
        foreach (var host in hosts)
        {
            names.AddDnsName(host);
        }

        foreach (var address in addresses)
        {
            names.AddIpAddress(address);
        }

        given.CertificateExtensions.Add(names.Build());
        using var leaf = given.Create(_root, from, until, RandomNumberGenerator.GetBytes(16));
        return [leaf.RawData, _root.RawData];
    }

    /// <summary>A server's certificate with its key.</summary>
    public X509Certificate2 Server(string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + host, key, HashAlgorithmName.SHA256).CreateSigningRequest();
        var now = DateTimeOffset.UtcNow;
        using var leaf = X509CertificateLoader.LoadCertificate(Sign(request, host, [host], [], ServerUse, now.AddHours(-1), now.AddDays(1))[0]);
        return leaf.CopyWithPrivateKey(key);
    }

    /// <summary>A client's certificate for a name, with its key.</summary>
    public X509Certificate2 Client(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256).CreateSigningRequest();
        var now = DateTimeOffset.UtcNow;
        using var leaf = X509CertificateLoader.LoadCertificate(Sign(request, name, [], [], ClientUse, now.AddHours(-1), now.AddDays(1))[0]);
        return leaf.CopyWithPrivateKey(key);
    }

    public void Dispose() => _root.Dispose();
}
