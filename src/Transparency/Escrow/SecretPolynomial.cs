using System.Security.Cryptography;

namespace Beffroi.Transparency.Escrow;

/// <summary>
/// Shamir's scheme as SLIP-0039 has it: byte by byte over GF(256) (x⁸+x⁴+x³+x+1), the secret at x = 255, and at x = 254 a digest of it, which tells wrong
/// points from right ones. Multiplies without tables, so that no access to memory depends on a secret. Stateless.
/// </summary>
internal static class SecretPolynomial
{
    private const byte SecretAt = 255;
    private const byte DigestAt = 254;
    private const int DigestLength = 4;

    /// <summary>Cuts a secret of at least 16 bytes into points at x = 0 … count − 1, of which any <paramref name="threshold"/> give it back.</summary>
    public static byte[][] Split(ReadOnlySpan<byte> secret, int threshold, int count)
    {
        if (threshold == 1)
        {
            var whole = secret.ToArray();
            return [.. Enumerable.Range(0, count).Select(_ => whole.ToArray())];
        }

        var points = new byte[count][];
        var known = new List<Point>();
        for (var x = 0; x < threshold - 2; x++)
        {
            points[x] = RandomNumberGenerator.GetBytes(secret.Length);
            known.Add(new Point((byte)x, points[x]));
        }

        var padding = RandomNumberGenerator.GetBytes(secret.Length - DigestLength);
        known.Add(new Point(DigestAt, [.. Digest(padding, secret), .. padding]));
        known.Add(new Point(SecretAt, secret.ToArray()));
        for (var x = threshold - 2; x < count; x++)
        {
            points[x] = At((byte)x, known);
        }

        known[^1].Value.AsSpan().Clear();
        known[^2].Value.AsSpan().Clear();
        CryptographicOperations.ZeroMemory(padding);
        return points;
    }

    /// <summary>
    /// The secret, from at least <paramref name="threshold"/> points at different x; null if their digest is wrong, or one that is more than enough isn't on the
    /// same polynomial.
    /// </summary>
    public static byte[]? Recover(int threshold, IReadOnlyList<Point> points)
    {
        var enough = points.Take(threshold).ToList();
        if (points.Skip(threshold).Any(p => !CryptographicOperations.FixedTimeEquals(At(p.X, enough), p.Value)))
        {
            return null;
        }

        if (threshold == 1)
        {
            return points[0].Value.ToArray();
        }

        var secret = At(SecretAt, enough);
        var digest = At(DigestAt, enough);
        var right = CryptographicOperations.FixedTimeEquals(Digest(digest.AsSpan(DigestLength), secret), digest.AsSpan(0, DigestLength));
        CryptographicOperations.ZeroMemory(digest);
        if (right)
        {
            return secret;
        }

        CryptographicOperations.ZeroMemory(secret);
        return null;
    }

    private static byte[] Digest(ReadOnlySpan<byte> padding, ReadOnlySpan<byte> secret) => HMACSHA256.HashData(padding, secret)[..DigestLength];

    // Lagrange's interpolation; where x differ is no secret.
    private static byte[] At(byte x, List<Point> points)
    {
        var value = new byte[points[0].Value.Length];
        foreach (var point in points)
        {
            byte basis = 1;
            foreach (var other in points.Where(o => o.X != point.X))
            {
                basis = Multiply(basis, Multiply((byte)(x ^ other.X), Inverse((byte)(point.X ^ other.X))));
            }

            for (var i = 0; i < value.Length; i++)
            {
                value[i] ^= Multiply(point.Value[i], basis);
            }
        }

        return value;
    }

    private static byte Multiply(byte a, byte b)
    {
        var (left, product) = ((int)a, 0);
        for (var bit = 0; bit < 8; bit++)
        {
            product ^= -((b >> bit) & 1) & left;
            left = (left << 1) ^ (-(left >> 7) & 0x11B);
        }

        return (byte)product;
    }

    // a^254, as a^255 = 1.
    private static byte Inverse(byte a)
    {
        byte result = 1;
        for (var bit = 7; bit >= 0; bit--)
        {
            result = Multiply(result, result);
            result = bit > 0 ? Multiply(result, a) : result;
        }

        return result;
    }

    /// <summary>A point of the polynomials, one for each byte of the secret.</summary>
    internal sealed record Point(byte X, byte[] Value);
}
