using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Agent.Identity;

namespace Beffroi.Agent.Tests.Identity;

public sealed class HeldCertificatesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-held-").FullName;

    [Fact]
    public void What_is_there_is_told_and_read_anew_when_it_is_replaced()
    {
        var held = new HeldCertificates(("client", _directory + "/client"), ("server", _directory + "/server"));
        Assert.Empty(held.Find());

        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Put("server", new CertificateRequest("CN=x", curve, HashAlgorithmName.SHA256), DateTime.UtcNow.AddMinutes(-1));
        var one = Assert.Single(held.Find());
        Assert.Equal(("server", "P-384", "1.2.840.10045.4.3.2"), (one.Use, one.Key, one.Signature));
        Assert.Same(one, Assert.Single(held.Find()));

        using var rsa = RSA.Create(2048);
        Put("server", new CertificateRequest("CN=x", rsa, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1), DateTime.UtcNow);
        Put("client", new CertificateRequest("CN=x", curve, HashAlgorithmName.SHA512), DateTime.UtcNow);
        Assert.Equal([("client", "P-384", "1.2.840.10045.4.3.4"), ("server", "RSA-2048", "1.2.840.113549.1.1.12")], held.Find().Select(c => (c.Use, c.Key, c.Signature)));
        Assert.All(held.Find(), c => Assert.Equal(new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds(), c.NotAfter));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private void Put(string use, CertificateRequest request, DateTime written)
    {
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow, new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Directory.CreateDirectory($"{_directory}/{use}");
        var chain = KeyPair.ChainIn($"{_directory}/{use}");
        File.WriteAllText(chain, certificate.ExportCertificatePem());
        File.SetLastWriteTimeUtc(chain, written);
    }
}
