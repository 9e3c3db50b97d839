using System.Buffers.Text;
using System.Security.Cryptography;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>Bearer tokens made on this machine: the platform is told their SHA-256 only.</summary>
internal static class AccessTokens
{
    private const string Prefix = "bfr_";

    public static string AdministratorFile(Installation installation) => installation.Configuration + "/admin.token";

    public static string DemonstrationFile(Installation installation) => installation.Configuration + "/demo.token";

    /// <summary>The token in this file, which is made if missing: 32 random bytes in base64url after a prefix that leak scanners can know.</summary>
    public static Secret Ensure(string file)
    {
        if (!File.Exists(file))
        {
            PrivateFiles.Write(file, Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)) + "\n");
        }

        return Secret.FromText(File.ReadAllText(file).Trim());
    }

    /// <summary>Lower-case hexadecimal.</summary>
    public static string Sha256(Secret token) => Convert.ToHexStringLower(SHA256.HashData(token.Reveal()));
}
