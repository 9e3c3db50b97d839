using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Agent.Files;
using Beffroi.Agent.Identity;
using Beffroi.Agent.Tests.Peers;
using CsCheck;

namespace Beffroi.Agent.Tests.Identity;

public sealed class KeyPairTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private readonly string _directory = Directory.CreateTempSubdirectory("beffroi-test-keys-").FullName;
    private readonly TestAuthority _authority = new("test");
    private readonly KeyPair _keys;

    public KeyPairTests() => _keys = new KeyPair(_directory + "/identity", Account.Root);

    [Fact]
    public void A_certificate_fits_the_key_it_was_asked_for()
    {
        Assert.Null(_keys.Load());
        Accept(Now.AddHours(-1), Now.AddHours(1));

        using var certificate = _keys.Load();
        Assert.Equal("CN=i1", certificate!.Subject);
        Assert.True(certificate.HasPrivateKey);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_keys.KeyPath));
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(_directory + "/identity"));
    }

    [Fact]
    public void The_key_stays_the_same()
    {
        Assert.Equal(PublicKey(_keys.Request("i1")), PublicKey(_keys.Request("i1")));
        Accept(Now.AddHours(-1), Now.AddHours(1));
        Assert.Equal(PublicKey(_keys.Request("i1")), PublicKey(_keys.Request("i1")));
    }

    [Fact]
    public void It_is_due_when_half_its_life_is_over() =>
        Gen.Select(Gen.Int[1, 2000], Gen.Int[0, 3000]).Sample((life, age) =>
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var from = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using var certificate = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSelfSigned(from, from.AddMinutes(life));
            return KeyPair.IsDue(certificate, from.AddMinutes(age)) == (age > life / 2.0);
        }, iter: 200);

    [Fact]
    public void None_is_due() => Assert.True(KeyPair.IsDue(null, Now));

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static string PublicKey(byte[] request) => Convert.ToBase64String(
        CertificateRequest.LoadSigningRequest(request, HashAlgorithmName.SHA256).PublicKey.ExportSubjectPublicKeyInfo());

    private void Accept(DateTimeOffset from, DateTimeOffset until) =>
        _keys.Accept(_authority.Sign(_keys.Request("i1"), "i1", [], [], TestAuthority.ClientUse, from, until));
}
