using System.Security.Cryptography;
using System.Text;

namespace Beffroi.Platform.Identity;

/// <summary>Bearer tokens and their hashes.</summary>
internal static class TokenHash
{
    private const int MaxLength = 256;

    /// <summary>The token's SHA-256; null if it can't be one: empty, over 256 characters, or not printable ASCII.</summary>
    public static byte[]? Of(string token) =>
        token.Length is > 0 and <= MaxLength && !token.AsSpan().ContainsAnyExceptInRange('!', '~') ? SHA256.HashData(Encoding.ASCII.GetBytes(token)) : null;

    /// <summary>A hash as 64 hexadecimal digits; null if it isn't one.</summary>
    public static byte[]? Parse(string hexadecimal) =>
        hexadecimal.Length == 2 * SHA256.HashSizeInBytes && hexadecimal.All(char.IsAsciiHexDigit) ? Convert.FromHexString(hexadecimal) : null;
}
