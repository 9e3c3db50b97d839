using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Beffroi.Agent.Files;

namespace Beffroi.Agent.Identity;

/// <summary>
/// A private key (ECDSA P-256) that never leaves the instance, kept on the encrypted volume, and the certificate chain that was signed for it.
/// </summary>
/// <param name="directory">On the volume; made if missing.</param>
/// <param name="owner">Who may read it.</param>
internal sealed class KeyPair(string directory, Account owner)
{
    internal string KeyPath => Path.Combine(directory, "key.pem");

    internal string ChainPath => ChainIn(directory);

    internal static string ChainIn(string directory) => Path.Combine(directory, "chain.pem");

    /// <summary>The certificate with its key, or null if there is none (yet).</summary>
    internal X509Certificate2? Load() =>
        File.Exists(ChainPath) && File.Exists(KeyPath) ? X509Certificate2.CreateFromPemFile(ChainPath, KeyPath) : null;

    /// <summary>A request for a certificate for the key (PKCS#10, DER); the key is made if there is none.</summary>
    internal byte[] Request(string commonName)
    {
        PrivateFile.Directory(directory, owner);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (File.Exists(KeyPath))
        {
            key.ImportFromPem(File.ReadAllText(KeyPath));
        }
        else
        {
            PrivateFile.Write(KeyPath, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"), owner);
        }

        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(commonName);
        return new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256).CreateSigningRequest();
    }

    /// <summary>Keeps a signed chain, leaf first (DER each).</summary>
    internal void Accept(IEnumerable<byte[]> chain)
    {
        var text = new StringBuilder();
        foreach (var certificate in chain)
        {
            text.Append(PemEncoding.Write("CERTIFICATE", certificate)).Append('\n');
        }

        PrivateFile.Write(ChainPath, Encoding.ASCII.GetBytes(text.ToString()), owner);
    }

    /// <summary>Whether there is none, or half its life is over.</summary>
    internal static bool IsDue(X509Certificate2? certificate, DateTimeOffset now) =>
        certificate is null || now > certificate.NotBefore.ToUniversalTime() + ((certificate.NotAfter - certificate.NotBefore) / 2);
}
