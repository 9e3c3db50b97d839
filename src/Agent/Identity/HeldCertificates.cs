using System.Security.Cryptography.X509Certificates;
using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Identity;

/// <summary>The certificates that this instance has from the control plane, read anew when one is replaced. Not safe for concurrent use.</summary>
/// <param name="directories">What each is used for, and the directory of its <see cref="KeyPair"/>.</param>
internal sealed class HeldCertificates(params IReadOnlyList<(string Use, string Directory)> directories)
{
    private readonly Dictionary<string, (DateTime Written, CertificateFacts Facts)> _read = [];

    /// <summary>Those that are there.</summary>
    internal IEnumerable<CertificateFacts> Find()
    {
        foreach (var (use, directory) in directories)
        {
            var chain = new FileInfo(KeyPair.ChainIn(directory));
            if (!chain.Exists)
            {
                continue;
            }

            if (!_read.TryGetValue(use, out var known) || known.Written != chain.LastWriteTimeUtc)
            {
                _read[use] = known = (chain.LastWriteTimeUtc, Describe(use, chain.FullName));
            }

            yield return known.Facts;
        }
    }

    private static CertificateFacts Describe(string use, string chain)
    {
        // Of a chain, the first: the instance's own.
        using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(chain));
        using var curve = certificate.GetECDsaPublicKey();
        using var rsa = certificate.GetRSAPublicKey();
        return new CertificateFacts
        {
            Use = use,
            Key = curve is not null ? "P-" + curve.KeySize : rsa is not null ? "RSA-" + rsa.KeySize : certificate.PublicKey.Oid.Value ?? "",
            Signature = certificate.SignatureAlgorithm.Value ?? "",
            NotAfter = new DateTimeOffset(certificate.NotAfter.ToUniversalTime()).ToUnixTimeSeconds(),
        };
    }
}
