using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Platform.Tests.Ledger;
using Beffroi.Testing;
using MimeKit;
using SmtpServer;
using SmtpServer.Authentication;
using SmtpServer.ComponentModel;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace Beffroi.Platform.Tests.Alerts;

/// <summary>A real SMTP server on the loopback, with TLS and one account.</summary>
internal sealed class MailServer : IAsyncDisposable
{
    public const string User = "beffroi", Password = "a password of the test";
    private readonly CancellationTokenSource _stop = new();
    private readonly X509Certificate2 _certificate;
    private readonly Task _running;

    public MailServer(bool tlsFromStart)
    {
        var (certificate, key) = Receiver.NewCertificate();
        Authority = certificate;
        // From a PKCS #12, as its key must be one that TLS can use.
        using var pem = X509Certificate2.CreateFromPem(certificate, key);
        _certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        Port = Ports.Free();
        var options = new SmtpServerOptionsBuilder().ServerName("relay").Endpoint(endpoint => endpoint
            .Endpoint(new IPEndPoint(IPAddress.Loopback, Port)).IsSecure(tlsFromStart).AllowUnsecureAuthentication(false).AuthenticationRequired().Certificate(_certificate)).Build();
        var services = new ServiceProvider();
        services.Add(new Store(this));
        services.Add(new Accounts());
        _running = new SmtpServer.SmtpServer(options, services).StartAsync(_stop.Token);
    }

    public int Port { get; }

    public string Authority { get; }

    public ConcurrentQueue<MimeMessage> Mail { get; } = new();

    /// <summary>The bytes of each as they came.</summary>
    public ConcurrentQueue<string> Raw { get; } = new();

    public SmtpResponse Answer { get; set; } = SmtpResponse.Ok;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _certificate.Dispose();
    }

    private sealed class Store(MailServer server) : MessageStore
    {
        public override async Task<SmtpResponse> SaveAsync(ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
        {
            if (server.Answer == SmtpResponse.Ok)
            {
                using var bytes = new MemoryStream(buffer.ToArray());
                server.Raw.Enqueue(System.Text.Encoding.UTF8.GetString(bytes.ToArray()));
                server.Mail.Enqueue(await MimeMessage.LoadAsync(bytes, cancellationToken));
            }

            return server.Answer;
        }
    }

    private sealed class Accounts : UserAuthenticator
    {
        public override Task<bool> AuthenticateAsync(ISessionContext context, string user, string password, CancellationToken cancellationToken) =>
            Task.FromResult(user == User && password == Password);
    }
}
