using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Beffroi.Kernel;

namespace Beffroi.Services.Postgres;

/// <summary>
/// What PostgreSQL stores in place of a password (RFC 5802, RFC 7677; the form is that of pg_authid.rolpassword). The instance gets
/// only this: the password itself never goes there.
/// </summary>
internal static class ScramVerifier
{
    // PostgreSQL's own default; the passwords are random with 192 bits, so more iterations would protect nothing.
    private const int Iterations = 4096;
    private const int SaltLength = 16;

    /// <summary>The verifier of <paramref name="password"/> (ASCII, so that SASLprep changes nothing) with a new salt.</summary>
    internal static string Create(Secret password) => Create(password, RandomNumberGenerator.GetBytes(SaltLength));

    /// <summary>The verifier with a given salt.</summary>
    internal static string Create(Secret password, byte[] salt)
    {
        var salted = Rfc2898DeriveBytes.Pbkdf2(password.Reveal(), salt, Iterations, HashAlgorithmName.SHA256, 32);
        var storedKey = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
        CryptographicOperations.ZeroMemory(salted);
        return new StringBuilder("SCRAM-SHA-256$")
            .Append(Iterations.ToString(CultureInfo.InvariantCulture)).Append(':').Append(Convert.ToBase64String(salt))
            .Append('$').Append(Convert.ToBase64String(storedKey)).Append(':').Append(Convert.ToBase64String(serverKey))
            .ToString();
    }
}
