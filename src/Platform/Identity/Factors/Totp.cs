using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Beffroi.Platform.Identity.Factors;

/// <summary>Time-based one-time passwords (RFC 6238, over RFC 4226): SHA-1, six digits, steps of 30 s, the one before and the one after accepted too.</summary>
internal static class Totp
{
    /// <summary>Of a new secret, in bytes: as long as the hash (RFC 4226 section 4, R6).</summary>
    public const int SecretLength = 20;

    /// <summary>Of a code.</summary>
    public const int Digits = 6;

    private const int StepSeconds = 30;
    private const int Tolerance = 1;

    /// <summary>In which step a time is.</summary>
    public static long Step(DateTimeOffset time) => time.ToUnixTimeSeconds() / StepSeconds;

    /// <summary>The code of a step (RFC 4226 section 5.3). SHA-1 is what every authenticator has; the others are in the RFC's vectors.</summary>
    public static string Code(ReadOnlySpan<byte> secret, long step, int digits = Digits, HashAlgorithmName? algorithm = null)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        var hash = (algorithm ?? HashAlgorithmName.SHA1).Name switch
        {
            "SHA512" => HMACSHA512.HashData(secret, counter),
            "SHA256" => HMACSHA256.HashData(secret, counter),
#pragma warning disable CA5350 // HMAC-SHA-1 is what RFC 6238 and every authenticator mean; collisions don't touch it.
            _ => HMACSHA1.HashData(secret, counter),
#pragma warning restore CA5350
        };
        var number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 0xf)) & int.MaxValue;
        return (number % (int)Math.Pow(10, digits)).ToString("D" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    /// <summary>The step near <paramref name="now"/> whose code this is; null if it is none's. Takes the same time for every code.</summary>
    public static long? Matching(ReadOnlySpan<byte> secret, string code, DateTimeOffset now)
    {
        long? found = null;
        var given = Encoding.UTF8.GetBytes(code);
        for (var step = Step(now) - Tolerance; step <= Step(now) + Tolerance; step++)
        {
            if (CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Code(secret, step)), given))
            {
                found = step;
            }
        }

        return found;
    }

    /// <summary>What an authenticator takes (the Key URI format).</summary>
    public static string KeyUri(string issuer, string account, ReadOnlySpan<byte> secret) =>
        $"otpauth://totp/{Uri.EscapeDataString(issuer)}:{Uri.EscapeDataString(account)}?secret={Base32.Encode(secret)}&issuer={Uri.EscapeDataString(issuer)}&algorithm=SHA1&digits={Digits}&period={StepSeconds}";
}
