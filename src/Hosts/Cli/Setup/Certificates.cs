using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Beffroi.Hosts.Cli.Shell;
using Beffroi.Kernel;

namespace Beffroi.Hosts.Cli.Setup;

/// <summary>
/// The platform's certificate authority, whose key only root can read, and the API's certificate from it for all names and addresses
/// of this machine, renewed when they change or it has less than two months left.
/// </summary>
internal static class Certificates
{
    private static readonly TimeSpan Authority = TimeSpan.FromDays(3652);
    private static readonly TimeSpan Server = TimeSpan.FromDays(397);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(60);
    private const UnixFileMode Public = PrivateFiles.OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public static string CaFile(Installation installation) => installation.Configuration + "/ca.pem";

    public static string ServerFile(Installation installation) => installation.Configuration + "/api.pem";

    public static string ServerKeyFile(Installation installation) => installation.Configuration + "/api.key";

    private static string CaKeyFile(Installation installation) => installation.Configuration + "/ca.key";

    public static async Task<string?> EnsureAsync(SetupContext context, CancellationToken cancellationToken)
    {
        var installation = context.Installation;
        var now = context.Time.GetUtcNow();
        using var authority = LoadOrCreateAuthority(installation, now);
        var names = MachineNames(installation);
        if (IsCurrent(installation, authority, names, now))
        {
            return null;
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Issue(authority, key, names, now);
        // The key first: beffroid starts with a pair that belongs together, or is restarted by this run.
        PrivateFiles.Write(ServerKeyFile(installation), key.ExportPkcs8PrivateKeyPem() + "\n", PrivateFiles.OwnerOnly);
        await context.Processes.RunAsync("chown", ["root:" + installation.User, ServerKeyFile(installation)], cancellationToken);
        File.SetUnixFileMode(ServerKeyFile(installation), PrivateFiles.OwnerOnly | UnixFileMode.GroupRead);
        PrivateFiles.Write(ServerFile(installation), certificate.ExportCertificatePem() + "\n", Public);
        return $"for {string.Join(", ", names)}";
    }

    /// <summary>A server certificate from <paramref name="authority"/> (RFC 5280).</summary>
    public static X509Certificate2 Issue(X509Certificate2 authority, ECDsa key, IReadOnlyList<string> names, DateTimeOffset now)
    {
        var request = new CertificateRequest(new X500DistinguishedName("CN=beffroi-api"), key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        var end = now + Server;
        return request.Create(authority, now.AddMinutes(-5), end < authority.NotAfter ? end : authority.NotAfter, Serial());
    }

    /// <summary>A self-signed authority that may sign end entities only.</summary>
    public static X509Certificate2 CreateAuthority(string name, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var request = new CertificateRequest(new X500DistinguishedName("CN=" + name), key, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now.AddMinutes(-5), now + Authority);
    }

    private static X509Certificate2 LoadOrCreateAuthority(Installation installation, DateTimeOffset now)
    {
        var (file, keyFile) = (CaFile(installation), CaKeyFile(installation));
        if (File.Exists(file) && File.Exists(keyFile))
        {
            return X509Certificate2.CreateFromPemFile(file, keyFile);
        }

        var authority = CreateAuthority($"{installation.Name} {Environment.MachineName} platform authority", now);
        using var key = authority.GetECDsaPrivateKey()!;
        PrivateFiles.Write(keyFile, key.ExportPkcs8PrivateKeyPem() + "\n");
        PrivateFiles.Write(file, authority.ExportCertificatePem() + "\n", Public);
        return authority;
    }

    private static bool IsCurrent(Installation installation, X509Certificate2 authority, IReadOnlyList<string> names, DateTimeOffset now)
    {
        if (!File.Exists(ServerFile(installation)) || !File.Exists(ServerKeyFile(installation)))
        {
            return false;
        }

        try
        {
            using var present = X509Certificate2.CreateFromPemFile(ServerFile(installation), ServerKeyFile(installation));
            return present.NotAfter.ToUniversalTime() - RenewBefore > now.UtcDateTime
                && authority.SubjectName.RawData.AsSpan().SequenceEqual(present.IssuerName.RawData)
                && NamesOf(present).SetEquals(names);
        }
        catch (CryptographicException)
        {
            // A pair that does not belong together: a run was interrupted between the two.
            return false;
        }
    }

    private static HashSet<string> NamesOf(X509Certificate2 certificate)
    {
        var extension = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        return [.. extension.EnumerateDnsNames(), .. extension.EnumerateIPAddresses().Select(a => a.ToString())];
    }

    private static List<string> MachineNames(Installation installation)
    {
        var addresses = NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            // Bridges of spaces and what hangs on them come and go; nobody calls the API there.
            .Where(i => !Regex.IsMatch(i.Name, @"^(veth|tap|beffroi|bfr-|incusbr|lxcbr|docker|br-|virbr)"))
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address)
            .Where(a => a.AddressFamily == AddressFamily.InterNetwork || (a.AddressFamily == AddressFamily.InterNetworkV6 && !a.IsIPv6LinkLocal))
            .Select(a => a.ToString())
            .Distinct()
            .Order(StringComparer.Ordinal);
        var host = Environment.MachineName.ToLowerInvariant();
        var valid = Regex.IsMatch(host, @"^[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?$") && !IPAddress.TryParse(host, out _) && host != "localhost";
        return [.. valid ? new[] { "localhost", host } : ["localhost"], "127.0.0.1", "::1", .. addresses];
    }

    // RFC 5280 section 4.1.2.2: positive, at most 20 octets, not to be guessed.
    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7f) | 0x40);
        return serial;
    }
}
