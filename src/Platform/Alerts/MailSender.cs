using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Beffroi.Platform.Outbound;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Beffroi.Platform.Alerts;

/// <summary>Hands mail to the installation's relay, over TLS only. What the relay has taken has arrived, as far as one can know. Safe for concurrent use.</summary>
internal sealed class MailSender(PlatformOptions options)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Hands one over.</summary>
    /// <param name="id">Becomes its Message-Id: whoever gets it twice sees that.</param>
    /// <param name="to">An <see cref="EmailAddress"/>.</param>
    /// <param name="mail">What it says.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="UndeliveredException">The relay hasn't taken it.</exception>
    public async Task SendAsync(Guid id, string to, AlertMail mail, CancellationToken cancellationToken)
    {
        var relay = options.MailRelay ?? throw new UndeliveredException("The installation has no mail relay any more: ask its operator.");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using var message = Message(relay, id, to, mail);
            using var smtp = new SmtpClient();
            smtp.CheckCertificateRevocation = false;
            if (relay.AuthorityFile is not null)
            {
                var authority = OutboundConnections.ReadAuthority(await File.ReadAllTextAsync(relay.AuthorityFile, patience.Token))
                    ?? throw new UndeliveredException("The mail relay's certificate authority can't be read: ask the operator.");
                smtp.ServerCertificateValidationCallback = (_, certificate, sent, errors) => IsTrusted(certificate, sent, errors, authority);
            }

            var (host, port) = relay.Address;
            await smtp.ConnectAsync(host, port, relay.IsTlsFromStart ? SecureSocketOptions.SslOnConnect : SecureSocketOptions.StartTls, patience.Token);
            if (relay.User is not null)
            {
                await smtp.AuthenticateAsync(relay.User, (await File.ReadAllTextAsync(relay.PasswordFile!, patience.Token)).Trim(), patience.Token);
            }

            await smtp.SendAsync(message, patience.Token);
            await smtp.DisconnectAsync(quit: true, patience.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UndeliveredException("The mail relay didn't answer in time.", e);
        }
        catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException or System.Security.Authentication.AuthenticationException or SslHandshakeException
            or MailKit.Security.AuthenticationException or NotSupportedException or CommandException or ProtocolException)
        {
            // What a relay or the system says may name its own addresses and files: that is the operator's, and in the log.
            throw new UndeliveredException(e is SmtpCommandException { StatusCode: var status } ? $"The mail relay refused it ({(int)status})." : "The mail relay can't be reached, or doesn't take mail.", e);
        }
    }

    /// <summary>As it is sent.</summary>
    internal static MimeMessage Message(MailRelay relay, Guid id, string to, AlertMail mail)
    {
        var message = new MimeMessage
        {
            MessageId = $"{id:N}@{relay.From[(relay.From.IndexOf('@', StringComparison.Ordinal) + 1)..]}",
            Subject = mail.Subject,
            Body = new TextPart("plain") { Text = mail.Body },
        };
        message.From.Add(new MailboxAddress("Beffroi", relay.From));
        message.To.Add(new MailboxAddress("", to));
        // So that nothing answers by itself (RFC 3834).
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        return message;
    }

    private static bool IsTrusted(X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors, X509Certificate2Collection authority)
    {
        if (certificate is not X509Certificate2 leaf || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.AddRange(authority);
        if (sent is not null)
        {
            // Those between, which came with it.
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        }

        return chain.Build(leaf);
    }
}
