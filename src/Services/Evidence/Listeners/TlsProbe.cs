using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Contracts.Evidence;

namespace Beffroi.Services.Evidence.Listeners;

/// <summary>
/// Speaks TLS with a listener: a whole handshake of each version that it should speak; and of what it should not, a ClientHello alone, written byte for byte (RFC 5246, section 7.4.1.2), as no
/// library offers it any more. A ServerHello is then an acceptance.
/// </summary>
internal static class TlsProbe
{
    /// <summary>A certificate that ends sooner should have been renewed.</summary>
    internal static readonly TimeSpan Renewal = TimeSpan.FromDays(14);

    private const int LeastRsaBits = 2048, LeastCurveBits = 256;
    private const byte AlertRecord = 21, HandshakeRecord = 22, ServerHello = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly (ushort Version, string Name)[] Old = [(0x0300, "SSL 3.0"), (0x0301, "TLS 1.0"), (0x0302, "TLS 1.1")];

    // Of what an old client has: ECDHE, DHE and RSA with AES-CBC and SHA-1, and 3DES.
    private static readonly ushort[] OldSuites = [0xc009, 0xc00a, 0xc013, 0xc014, 0x0033, 0x0039, 0x002f, 0x0035, 0x000a];

    // No forward secrecy (RSA key exchange), 3DES, RC4, no encryption, no authentication.
    private static readonly ushort[] WeakSuites = [0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035, 0x000a, 0xc008, 0xc012, 0x0005, 0xc007, 0xc011, 0x003b, 0x0002, 0x0034, 0x006c];

    /// <summary>What is not as it should be; none if all is well.</summary>
    /// <param name="at">Where it is bound.</param>
    /// <param name="whose">Whose listener, at the beginning of each sentence.</param>
    /// <param name="now">This moment.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="SocketException">It can't be reached: nothing was seen.</exception>
    public static async Task<IReadOnlyList<LocalText>> LookAsync(IPEndPoint at, LocalText whose, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var faults = new List<LocalText>();
        var end = IOwnListeners.Reach(at);
        foreach (var (version, name) in ((SslProtocols, string)[])[(SslProtocols.Tls12, "TLS 1.2"), (SslProtocols.Tls13, "TLS 1.3")])
        {
            using var certificate = await HandshakeAsync(end, version, cancellationToken);
            if (certificate is null)
            {
                faults.Add(new($"{whose.En} does not speak {name}.", $"{whose.Fr} ne parle pas {name}."));
            }
            else if (version == SslProtocols.Tls13)
            {
                faults.AddRange(CertificateFaults(certificate, whose, now));
            }
        }

        foreach (var (version, name) in Old)
        {
            if (await AcceptsAsync(end, version, OldSuites, cancellationToken))
            {
                faults.Add(new($"{whose.En} still speaks {name}.", $"{whose.Fr} parle encore {name}."));
            }
        }

        if (await AcceptsAsync(end, 0x0303, WeakSuites, cancellationToken))
        {
            faults.Add(new($"{whose.En} accepts weak cipher suites of TLS 1.2.", $"{whose.Fr} accepte des suites faibles de TLS 1.2."));
        }

        return faults;
    }

    /// <summary>What is wrong with a listener's certificate.</summary>
    internal static IEnumerable<LocalText> CertificateFaults(X509Certificate2 certificate, LocalText whose, DateTimeOffset now)
    {
        using var rsa = certificate.GetRSAPublicKey();
        using var curve = certificate.GetECDsaPublicKey();
        if (!(rsa?.KeySize >= LeastRsaBits || curve?.KeySize >= LeastCurveBits))
        {
            yield return new($"The key of the certificate is too short: {whose.En}.", $"La clé du certificat est trop courte : {whose.Fr}.");
        }

        // PSS names its hash in a parameter, and is used with no weaker one.
        if (certificate.SignatureAlgorithm.FriendlyName is not { } signature || signature.Contains("sha1", StringComparison.OrdinalIgnoreCase) || signature.Contains("md5", StringComparison.OrdinalIgnoreCase))
        {
            yield return new($"The certificate is signed with a broken hash: {whose.En}.", $"Le certificat est signé avec un hachage cassé : {whose.Fr}.");
        }

        if (certificate.NotBefore.ToUniversalTime() > now.UtcDateTime || certificate.NotAfter.ToUniversalTime() < now.UtcDateTime + Renewal)
        {
            yield return new(
                FormattableString.Invariant($"The certificate is valid until {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}, less than 14 days from now: {whose.En}."),
                FormattableString.Invariant($"Le certificat est valable jusqu'au {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}, à moins de 14 jours : {whose.Fr}."));
        }
    }

    /// <summary>The listener's certificate after a whole handshake; null if there is none of that version.</summary>
    private static async Task<X509Certificate2?> HandshakeAsync(IPEndPoint end, SslProtocols version, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        using var socket = new TcpClient(end.AddressFamily);
        await socket.ConnectAsync(end, limit.Token);
        await using var tls = new SslStream(socket.GetStream());
        try
        {
            // Whom it is trusted by is for its callers to judge.
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = version, RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null }, limit.Token);
            return X509CertificateLoader.LoadCertificate(tls.RemoteCertificate!.GetRawCertData());
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            return null;
        }
    }

    /// <summary>Whether a ClientHello of this version with these suites is taken.</summary>
    private static async Task<bool> AcceptsAsync(IPEndPoint end, ushort version, ushort[] suites, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        using var socket = new TcpClient(end.AddressFamily);
        await socket.ConnectAsync(end, limit.Token);
        var stream = socket.GetStream();
        try
        {
            await stream.WriteAsync(Hello(version, suites), limit.Token);
            // A record's header, and its content's first byte.
            var answer = new byte[6];
            await stream.ReadExactlyAsync(answer, limit.Token);
            return answer[0] switch
            {
                HandshakeRecord => answer[5] == ServerHello,
                AlertRecord => false,
                _ => throw new IOException("It does not speak TLS."),
            };
        }
        catch (Exception e) when (e is EndOfStreamException || e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown })
        {
            // Closed without a word.
            return false;
        }
    }

    private static byte[] Hello(ushort version, ushort[] suites)
    {
        var body = new List<byte>();
        void Two(int value) => body.AddRange([(byte)(value >> 8), (byte)value]);
        Two(version);
        body.AddRange(RandomNumberGenerator.GetBytes(32));
        body.Add(0);
        Two(2 * suites.Length);
        foreach (var suite in suites)
        {
            Two(suite);
        }

        body.AddRange([1, 0]);
        if (version > 0x0300)
        {
            // Curves X25519, P-256 and P-384, points uncompressed; of TLS 1.2, signatures with SHA-1 and better.
            List<byte> extensions = [0, 10, 0, 8, 0, 6, 0, 29, 0, 23, 0, 24, 0, 11, 0, 2, 1, 0];
            if (version == 0x0303)
            {
                extensions.AddRange([0, 13, 0, 14, 0, 12, 4, 3, 4, 1, 8, 4, 5, 3, 2, 3, 2, 1]);
            }

            Two(extensions.Count);
            body.AddRange(extensions);
        }

        var record = new byte[9 + body.Count];
        record[0] = HandshakeRecord;
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(1), version == 0x0300 ? version : (ushort)0x0301);
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(3), (ushort)(4 + body.Count));
        BinaryPrimitives.WriteInt32BigEndian(record.AsSpan(5), (1 << 24) | body.Count);
        body.CopyTo(record, 9);
        return record;
    }
}
