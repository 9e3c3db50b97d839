using System.Security.Cryptography;
using Beffroi.Kernel;
using Beffroi.Transparency.Escrow;

namespace Beffroi.Transparency.Tests.Escrow;

/// <summary>A customer's escrow key, and what is sealed to it.</summary>
public sealed class EscrowKeyTests
{
    private static readonly EscrowBinding Binding = new(Guid.Parse("01900000-0000-7000-8000-00000000000a"), Guid.Parse("01900000-0000-7000-8000-00000000000b"), "resource-key", 1);

    [Fact]
    public void A_seed_gives_the_same_key_for_ever()
    {
        // This product's own promise: what was escrowed once opens with every later version. A second implementation of the derivation, in another language, gave this value.
        using var seed = Secret.FromBytes(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray());
        using var key = EscrowPrivateKey.FromSeed(seed);
        Assert.Equal("7ab7f22429b1b5fbdeb983550e163e2f673cb39f1bbcede44421f4177aa4810d", key.PublicKey.Fingerprint);
    }

    [Fact]
    public void What_is_sealed_opens_with_the_key_alone_and_in_its_own_place_alone()
    {
        using var seed = Secret.Random(32);
        using var key = EscrowPrivateKey.FromSeed(seed);
        using var secret = Secret.Random(32);
        var blob = EscrowPublicKey.Parse(key.PublicKey.Pem)!.Seal(Binding, secret);
        Assert.Equal(1 + 8 + 133 + 32 + 16, blob.Length);
        Assert.Equal(secret, key.Open(Binding, blob));
        foreach (var other in (EscrowBinding[])
            [Binding with { OrganizationId = Guid.Empty }, Binding with { OwnerId = Guid.Empty }, Binding with { Purpose = "resource-keys" }, Binding with { Generation = 2 }])
        {
            Assert.Null(key.Open(other, blob));
            Assert.NotEqual(Binding.Commitment(secret.Reveal()), other.Commitment(secret.Reveal()));
        }

        using var another = EscrowPrivateKey.FromSeed(Secret.Random(32));
        Assert.Null(another.Open(Binding, blob));
        for (var bit = 0; bit < blob.Length * 8; bit += 5)
        {
            var changed = blob.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(key.Open(Binding, changed));
        }

        Assert.All(Enumerable.Range(0, blob.Length), length => Assert.Null(key.Open(Binding, blob.AsSpan(0, length))));
    }

    [Fact]
    public void Only_a_public_key_on_the_right_curve_is_one()
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP521);
        Assert.NotNull(EscrowPublicKey.Parse(key.ExportSubjectPublicKeyInfoPem()));
        Assert.Null(EscrowPublicKey.Parse(key.ExportPkcs8PrivateKeyPem()));
        Assert.Null(EscrowPublicKey.Parse(key.ExportECPrivateKeyPem()));
        using var small = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP384);
        Assert.Null(EscrowPublicKey.Parse(small.ExportSubjectPublicKeyInfoPem()));
        using var rsa = RSA.Create(2048);
        Assert.Null(EscrowPublicKey.Parse(rsa.ExportSubjectPublicKeyInfoPem()));
        Assert.Null(EscrowPublicKey.Parse("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"));
        Assert.Null(EscrowPublicKey.Parse(""));
        Assert.Null(EscrowPublicKey.Parse(null));
    }
}
