using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Platform.Keys;
using Beffroi.Platform.Pki;
using Beffroi.Testing;

namespace Beffroi.Platform.Tests.Pki;

public sealed class AuthoritiesTests(PostgresServer server)
{
    private static readonly CertificateNames Names = new("db.example", ["db.example"], [IPAddress.Parse("10.93.0.2")]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Authorities_made_at_once_are_one()
    {
        await using var store = await TestStore.CreateAsync(server);
        var made = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => store.InTransactionAsync(c => store.Get<IAuthorities>().EnsureAsync(c, AuthorityId.Agents, "Agents", Cancel))));
        Assert.Single(made.Select(Convert.ToHexString).Distinct());
        using var certificate = X509CertificateLoader.LoadCertificate(made[0]);
        var constraints = certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single();
        Assert.True(constraints is { CertificateAuthority: true, HasPathLengthConstraint: true, PathLengthConstraint: 0, Critical: true });
        Assert.Equal(384, certificate.GetECDsaPublicKey()!.KeySize);
        Assert.Equal(0, await store.CountAsync("platform.authorities where position(decode('301006072a8648ce3d0201', 'hex') in sealed_key) > 0"));
    }

    [Theory]
    [InlineData(CertificateUse.Client, "1.3.6.1.5.5.7.3.2")]
    [InlineData(CertificateUse.Server, "1.3.6.1.5.5.7.3.1")]
    public async Task A_certificate_says_what_we_say_and_not_what_was_asked(CertificateUse use, string usage)
    {
        await using var store = await TestStore.CreateAsync(server);
        await using var connection = await store.OpenAsync();
        var authorities = store.Get<IAuthorities>();
        await authorities.EnsureAsync(connection, AuthorityId.Agents, "Agents", Cancel);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var asked = new CertificateRequest("CN=evil", key, HashAlgorithmName.SHA256);
        asked.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var evil = new SubjectAlternativeNameBuilder();
        evil.AddDnsName("evil.example");
        asked.CertificateExtensions.Add(evil.Build());
        var signed = await authorities.SignAsync(connection, AuthorityId.Agents, asked.CreateSigningRequest(), Names, use, TimeSpan.FromDays(7), Cancel);

        using var leaf = X509CertificateLoader.LoadCertificate(signed.Chain[0]);
        using var root = X509CertificateLoader.LoadCertificate(signed.Chain[1]);
        Assert.Equal("CN=db.example", leaf.Subject);
        Assert.False(leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.True(leaf.MatchesHostname("db.example") && leaf.MatchesHostname("10.93.0.2") && !leaf.MatchesHostname("evil.example"));
        Assert.Equal([usage], leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(o => o.Value));
        Assert.Equal(16, leaf.SerialNumberBytes.Length);
        Assert.Equal(signed.NotAfter.UtcDateTime, leaf.NotAfter.ToUniversalTime());
        Assert.InRange(DateTime.UtcNow - leaf.NotBefore.ToUniversalTime(), TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(6));
        using var chain = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { root }, RevocationMode = X509RevocationMode.NoCheck } };
        Assert.True(chain.Build(leaf));
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", await authorities.FindPemAsync(connection, AuthorityId.Agents, Cancel), StringComparison.Ordinal);
        Assert.Null(await authorities.FindPemAsync(connection, AuthorityId.Servers(Guid.NewGuid(), Guid.Empty), Cancel));
    }

    [Fact]
    public void Requests_that_cannot_be_trusted_are_refused()
    {
        using var good = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        using var rsa = RSA.Create(2048);
        var sound = new CertificateRequest("CN=x", good, HashAlgorithmName.SHA384).CreateSigningRequest();
        Assert.NotNull(RequestedKey.Read(sound));
        var forged = sound.ToArray();
        forged[^1] ^= 1;
        byte[][] bad =
        [
            [], [0x30], [.. sound, 0], new byte[5000], forged,
            new CertificateRequest("CN=x", curve, HashAlgorithmName.SHA512).CreateSigningRequest(),
            new CertificateRequest("CN=x", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest(),
        ];
        foreach (var request in bad)
        {
            Assert.Throws<InvalidCertificateRequestException>(() => RequestedKey.Read(request));
        }
    }

    [Fact]
    public async Task A_key_moved_to_another_authority_does_not_sign()
    {
        await using var store = await TestStore.CreateAsync(server);
        await using var connection = await store.OpenAsync();
        var (space, other) = (Guid.NewGuid(), Guid.NewGuid());
        await store.Get<IAuthorities>().EnsureAsync(connection, AuthorityId.Servers(space, Guid.Empty), "Space", Cancel);
        await store.ExecuteAsync($"update platform.authorities set owner_id = '{other}'");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        await Assert.ThrowsAsync<KeyUnavailableException>(() => store.Get<IAuthorities>()
            .SignAsync(connection, AuthorityId.Servers(other, Guid.Empty), request, Names, CertificateUse.Server, TimeSpan.FromDays(1), Cancel));
    }
}
