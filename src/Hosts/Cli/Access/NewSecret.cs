using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Beffroi.Hosts.Cli.Access;

/// <summary>Tokens and invitation codes are made here: the server is told their SHA-256 only.</summary>
internal static class NewSecret
{
    /// <summary>A token: 32 random bytes in base64url after a prefix that leak scanners can know.</summary>
    public static string Token() => "bfr_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>An invitation's code.</summary>
    public static string Invitation() => "bfi_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Lower-case hexadecimal.</summary>
    public static string Sha256(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(secret)));
}
