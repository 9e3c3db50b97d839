using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Beffroi.Kernel;

namespace Beffroi.Postgres.Tests;

public sealed partial class ScramVerifierTests
{
    // The exchange of RFC 7677, section 3.
    private const string AuthMessage =
        "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
        + "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

    [Fact]
    public void AgreesWithThePublishedExchange()
    {
        using var password = Secret.FromText("pencil");
        var parts = Form().Match(Services.Postgres.ScramVerifier.Create(password, Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==")));
        var (stored, server) = (Convert.FromBase64String(parts.Groups[2].Value), Convert.FromBase64String(parts.Groups[3].Value));
        var message = Encoding.UTF8.GetBytes(AuthMessage);

        Assert.Equal("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", Convert.ToBase64String(HMACSHA256.HashData(server, message)));

        // ClientKey = ClientProof xor ClientSignature, and StoredKey is its hash (RFC 5802, section 3).
        var proof = Convert.FromBase64String("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        var clientKey = proof.Zip(HMACSHA256.HashData(stored, message), (a, b) => (byte)(a ^ b)).ToArray();
        Assert.Equal(stored, SHA256.HashData(clientKey));
    }

    [Fact]
    public void EachHasItsOwnSaltAndNoPassword()
    {
        using var password = Secret.FromText("canary-password");
        var (one, two) = (Services.Postgres.ScramVerifier.Create(password), Services.Postgres.ScramVerifier.Create(password));

        Assert.NotEqual(one, two);
        Assert.DoesNotContain("canary", one, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\ASCRAM-SHA-256\$4096:([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)\z")]
    private static partial Regex Form();
}
