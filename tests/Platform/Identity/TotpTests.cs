using System.Security.Cryptography;
using System.Text;
using Beffroi.Platform.Identity.Factors;

namespace Beffroi.Platform.Tests.Identity;

/// <summary>RFC 6238 appendix B, RFC 4226 appendix D and RFC 4648 section 10.</summary>
public sealed class TotpTests
{
    private static readonly byte[] Seed = "12345678901234567890"u8.ToArray();

    [Theory]
    [InlineData(59L, "94287082", "46119246", "90693936")]
    [InlineData(1111111109L, "07081804", "68084774", "25091201")]
    [InlineData(1111111111L, "14050471", "67062674", "99943326")]
    [InlineData(1234567890L, "89005924", "91819424", "93441116")]
    [InlineData(2000000000L, "69279037", "90698825", "38618901")]
    [InlineData(20000000000L, "65353130", "77737706", "47863826")]
    public void The_codes_are_those_of_the_RFC(long seconds, string sha1, string sha256, string sha512)
    {
        var step = Totp.Step(DateTimeOffset.FromUnixTimeSeconds(seconds));
        Assert.Equal(sha1, Totp.Code(Seed, step, 8));
        Assert.Equal(sha256, Totp.Code(Repeated(32), step, 8, HashAlgorithmName.SHA256));
        Assert.Equal(sha512, Totp.Code(Repeated(64), step, 8, HashAlgorithmName.SHA512));
        Assert.Equal(sha1[2..], Totp.Code(Seed, step));
    }

    [Fact]
    public void Counters_give_the_codes_of_RFC_4226()
    {
        string[] codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        Assert.Equal(codes, Enumerable.Range(0, codes.Length).Select(i => Totp.Code(Seed, i)));
    }

    [Theory]
    [InlineData(-60, false)]
    [InlineData(-31, false)]
    [InlineData(-30, true)]
    [InlineData(0, true)]
    [InlineData(29, true)]
    [InlineData(59, true)]
    [InlineData(60, false)]
    public void A_code_is_good_in_its_step_and_the_two_beside_it(int later, bool good)
    {
        var start = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        var step = Totp.Step(start);
        Assert.Equal(good ? step : null, Totp.Matching(Seed, Totp.Code(Seed, step), start.AddSeconds(later)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("12345")]
    [InlineData("1234567")]
    [InlineData("\u0661\u0662\u0663\u0664\u0665\u0666")]
    public void What_is_no_code_is_none(string code) => Assert.Null(Totp.Matching(Seed, code, DateTimeOffset.UnixEpoch.AddDays(1)));

    [Theory]
    [InlineData("", "")]
    [InlineData("f", "MY")]
    [InlineData("fo", "MZXQ")]
    [InlineData("foo", "MZXW6")]
    [InlineData("foob", "MZXW6YQ")]
    [InlineData("fooba", "MZXW6YTB")]
    [InlineData("foobar", "MZXW6YTBOI")]
    public void Base_32_is_that_of_the_RFC(string text, string encoded) => Assert.Equal(encoded, Base32.Encode(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void An_authenticator_takes_the_address() => Assert.Equal(
        "otpauth://totp/beffroi:demo%2Falice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=beffroi&algorithm=SHA1&digits=6&period=30", Totp.KeyUri("beffroi", "demo/alice", Seed));

    private static byte[] Repeated(int length) => [.. Enumerable.Range(0, length).Select(i => Seed[i % Seed.Length])];
}
