using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Beffroi.Contracts.Evidence;
using Beffroi.Services.Evidence;
using Beffroi.Services.Evidence.Listeners;
using Beffroi.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Beffroi.Server.Tests;

/// <summary>What is seen of listeners: of beffroid's own, and of some that are as they must not be.</summary>
public sealed class ListenerEvidenceCheckTests(PostgresServer postgres)
{
    private static readonly LocalText It = new("It", "Elle");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Beffroids_own_listeners_are_apart_and_speak_todays_TLS_and_French()
    {
        await using var server = await TestServer.StartAsync(postgres);
        var watch = server.Services.GetRequiredService<ListenerWatch>();
        Assert.Equal(("unknown", "unknown", "unknown"), await StatesAsync(server));
        await watch.LookAsync(Cancel);
        Assert.Empty(watch.Seen!.Apart.Concat(watch.Seen.Tls).Concat(watch.Seen.Languages).Select(f => f.En));
        Assert.Equal(("holds", "holds", "holds"), await StatesAsync(server));
    }

    [Fact]
    public async Task What_serves_everything_to_everybody_is_found()
    {
        await using var open = await FakeAsync(IPAddress.Loopback, http => http.Response.StatusCode = 200);
        await using var closed = await FakeAsync(
            IPAddress.Any, http => http.Response.StatusCode = http.Request.Path.StartsWithSegments("/operator", StringComparison.Ordinal) ? 401 : 404);
        var (customers, administration) = (At(open, IPAddress.Loopback), At(closed, IPAddress.Loopback));
        Assert.Equal(
            ["Customers' listener serves the operator's paths.", "Customers' listener answers who has not signed in."], (await ListenerProbe.LookAsync(customers, administration, [], Cancel)).Select(f => f.En));
        Assert.Equal(
            ["The operator's listener serves customers' paths.", "Customers' listener serves the operator's paths.", "The operator's listener answers who has not signed in.", "Customers' listener answers who has not signed in."],
            (await ListenerProbe.LookAsync(customers, customers, [], Cancel)).Select(f => f.En).OrderByDescending(f => f.Contains("paths", StringComparison.Ordinal)).ThenByDescending(f => f, StringComparer.Ordinal));
        // The same at another address of the host, and nothing there.
        Assert.Contains("The operator's listener answers at another address of its host.", (await ListenerProbe.LookAsync(customers, administration, [IPAddress.Parse("127.0.0.2")], Cancel)).Select(f => f.En));
        Assert.DoesNotContain("another address", string.Concat((await ListenerProbe.LookAsync(administration, customers, [IPAddress.Parse("127.0.0.2")], Cancel)).Select(f => f.En)), StringComparison.Ordinal);
        // What can't be looked at is no failure.
        await open.StopAsync(Cancel);
        await Assert.ThrowsAsync<HttpRequestException>(() => ListenerProbe.LookAsync(customers, administration, [], Cancel));
    }

    [Fact]
    public async Task A_page_in_another_language_than_was_asked_for_is_found()
    {
        const string InFrench = "It has no page in French to sign in.", InEnglish = "It has no page in English to sign in.";
        var pages = new Dictionary<string, string>();
        await using var listener = await FakeAsync(
            IPAddress.Loopback, http => http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(pages.GetValueOrDefault(http.Request.Headers.AcceptLanguage.ToString(), ""))).AsTask().Wait(Cancel));
        async Task<IEnumerable<string>> FoundAsync(string french, string english)
        {
            (pages["fr"], pages["en"]) = (french, english);
            return (await LanguageProbe.LookAsync(At(listener, IPAddress.Loopback), It, Cancel)).Select(f => f.En);
        }

        const string French = "<html lang=\"fr\"><h1>Se connecter</h1>", English = "<html lang=\"en\"><h1>Sign in</h1>";
        Assert.Empty(await FoundAsync(French, English));
        Assert.Equal([InFrench], await FoundAsync(English, English));
        Assert.Equal([InEnglish], await FoundAsync(French, French));
        Assert.Equal([InFrench], await FoundAsync(English.Replace("\"en\"", "\"fr\"", StringComparison.Ordinal), English));
        Assert.Equal([InFrench, InEnglish], await FoundAsync("", ""));
        // No page at all; and what can't be looked at is no failure.
        await using var without = await FakeAsync(IPAddress.Loopback, http => http.Response.StatusCode = 404);
        Assert.Equal([InFrench, InEnglish], (await LanguageProbe.LookAsync(At(without, IPAddress.Loopback), It, Cancel)).Select(f => f.En));
        await Assert.ThrowsAsync<HttpRequestException>(() => LanguageProbe.LookAsync(new IPEndPoint(IPAddress.Loopback, TestPort()), It, Cancel));
    }

    [Theory]
    [InlineData("127.0.0.1", true), InlineData("10.1.2.3", true), InlineData("172.31.0.1", true), InlineData("192.168.1.1", true), InlineData("fd00::1", true), InlineData("::1", true), InlineData("::ffff:10.0.0.1", true)]
    [InlineData("0.0.0.0", false), InlineData("::", false), InlineData("172.32.0.1", false), InlineData("203.0.113.7", false), InlineData("2a01::1", false), InlineData("::ffff:203.0.113.7", false)]
    public void An_operators_listener_is_at_one_address_that_is_not_public(string address, bool good) => Assert.Equal(good, ListenerProbe.AddressFault(IPAddress.Parse(address)) is null);

    [Fact]
    public async Task TLS_that_is_missing_is_found()
    {
        using var certificate = Certificate(ECDsa.Create(ECCurve.NamedCurves.nistP256), DateTimeOffset.UtcNow.AddDays(30));
        Assert.Equal(["It does not speak TLS 1.3."], await FoundAsync(stream => HandshakeAsync(stream, certificate, SslProtocols.Tls12)));
        Assert.Equal(["It does not speak TLS 1.2."], await FoundAsync(stream => HandshakeAsync(stream, certificate, SslProtocols.Tls13)));
        using var short_ = Certificate(ECDsa.Create(ECCurve.NamedCurves.nistP256), DateTimeOffset.UtcNow.AddDays(10));
        Assert.StartsWith("The certificate is valid until ", Assert.Single(await FoundAsync(stream => HandshakeAsync(stream, short_, SslProtocols.Tls12 | SslProtocols.Tls13))), StringComparison.Ordinal);
        // Nothing listens.
        await Assert.ThrowsAnyAsync<SocketException>(() => TlsProbe.LookAsync(new IPEndPoint(IPAddress.Loopback, TestPort()), It, DateTimeOffset.UtcNow, Cancel));
    }

    // No library speaks these any more: a listener that takes whatever ClientHello it gets.
    [Fact]
    public async Task TLS_of_yesterday_is_found()
    {
        var hellos = new List<ushort>();
        var found = await FoundAsync(async stream =>
        {
            var hello = new byte[4096];
            var length = await stream.ReadAtLeastAsync(hello, 44, cancellationToken: Cancel);
            Assert.Equal((22, 1), (hello[0], hello[5]));
            Assert.Equal(length - 5, (hello[3] << 8) | hello[4]);
            hellos.Add((ushort)((hello[9] << 8) | hello[10]));
            await stream.WriteAsync(new byte[] { 22, hello[9], hello[10], 0, 4, 2, 0, 0, 0 }, Cancel);
        });
        Assert.Equal(
            ["It does not speak TLS 1.2.", "It does not speak TLS 1.3.", "It still speaks SSL 3.0.", "It still speaks TLS 1.0.", "It still speaks TLS 1.1.", "It accepts weak cipher suites of TLS 1.2."], found);
        Assert.Equal([0x0303, 0x0303, 0x0300, 0x0301, 0x0302, 0x0303], hellos.Select(h => (int)h));
    }

    [Fact]
    public void A_weak_certificate_is_found()
    {
        var now = DateTimeOffset.UtcNow;
        using var good = Certificate(ECDsa.Create(ECCurve.NamedCurves.nistP384), now.AddDays(15));
        using var rsa = Certificate(RSA.Create(2048), now.AddDays(15));
        using var weak = Certificate(RSA.Create(1024), now.AddDays(15));
        using var key = RSA.Create(2048);
        using var old = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .Create(new X500DistinguishedName("CN=localhost"), new Sha1(key), now.AddDays(-30), now.AddDays(15), [1]);
        using var ended = Certificate(RSA.Create(2048), now.AddDays(-1));
        Assert.Empty(TlsProbe.CertificateFaults(good, It, now));
        Assert.Empty(TlsProbe.CertificateFaults(rsa, It, now));
        Assert.StartsWith("The key", Assert.Single(TlsProbe.CertificateFaults(weak, It, now)).En, StringComparison.Ordinal);
        Assert.Contains("broken hash", Assert.Single(TlsProbe.CertificateFaults(old, It, now)).En, StringComparison.Ordinal);
        Assert.Contains("valid until", Assert.Single(TlsProbe.CertificateFaults(ended, It, now)).En, StringComparison.Ordinal);
        Assert.Contains("valid until", Assert.Single(TlsProbe.CertificateFaults(rsa, It, now.AddDays(-60))).En, StringComparison.Ordinal);
    }

    private static async Task<(string Apart, string Tls, string French)> StatesAsync(TestServer server)
    {
        await using var connection = await server.Store.OpenConnectionAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = "select id from platform.organizations where name = 'demo'";
        var organization = (Guid)(await command.ExecuteScalarAsync(Cancel))!;
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await server.Services.GetRequiredService<EvidenceRound>().RunAsync(connection, organization, Cancel);
        var findings = await server.Services.GetRequiredService<EvidenceReading>().FindingsAsync(connection, organization, Cancel);
        string Of(string check) => findings.Single(f => f.Check == check).State;
        return (Of("listeners-apart"), Of("tls-spoken"), Of("french-spoken"));
    }

    private static X509Certificate2 Certificate(AsymmetricAlgorithm key, DateTimeOffset end)
    {
        using var _ = key;
        var request = key is RSA rsa ? new CertificateRequest("CN=localhost", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest("CN=localhost", (ECDsa)key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-30), end);
    }

    private static async Task<WebApplication> FakeAsync(IPAddress address, Action<HttpContext> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var certificate = Certificate(ECDsa.Create(ECCurve.NamedCurves.nistP256), DateTimeOffset.UtcNow.AddDays(30));
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(address, 0, listen => listen.UseHttps(certificate)));
        var app = builder.Build();
        app.Run(http =>
        {
            answer(http);
            return Task.CompletedTask;
        });
        await app.StartAsync(Cancel);
        return app;
    }

    private static IPEndPoint At(WebApplication app, IPAddress address) => new(address, new Uri(app.Urls.Single()).Port);

    private static int TestPort()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }

    private static async Task HandshakeAsync(Stream stream, X509Certificate2 certificate, SslProtocols versions)
    {
        await using var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, EnabledSslProtocols = versions }, Cancel);
        // Until the other side has gone.
        await tls.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, Cancel);
    }

    /// <summary>What is found of a listener that does this with each connection, one after the other.</summary>
    private static async Task<IReadOnlyList<string>> FoundAsync(Func<Stream, Task> serve)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var end = new CancellationTokenSource();
        var serving = Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                using var client = await listener.AcceptTcpClientAsync(end.Token);
                try
                {
                    await serve(client.GetStream());
                }
                catch (Exception e) when (e is AuthenticationException or IOException)
                {
                    // Refused: the next.
                }
            }
        }, Cancel);
        var found = (await TlsProbe.LookAsync((IPEndPoint)listener.LocalEndpoint, It, DateTimeOffset.UtcNow, Cancel)).Select(f => f.En).ToList();
        await end.CancelAsync();
        try
        {
            await serving;
        }
        catch (OperationCanceledException)
        {
            // It waited for the next.
        }

        return found;
    }

    // sha1WithRSAEncryption (RFC 8017, appendix C), which the library makes no more.
    private sealed class Sha1(RSA key) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => Convert.FromHexString("300D06092A864886F70D0101050500");

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => key.SignData(data, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1);

        protected override PublicKey BuildPublicKey() => new(key);
    }
}
