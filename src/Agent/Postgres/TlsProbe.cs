using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace Beffroi.Agent.Postgres;

/// <summary>Whether PostgreSQL offers TLS 1.3 where customers connect, tried for real. Source: PostgreSQL 17, «SSL Session Encryption» (54.2.10).</summary>
internal static class TlsProbe
{
    // PostgreSQL answers it as soon as it has a process for the connection, and says nothing in its log when the connection then ends.
    private static readonly byte[] GssRequest = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30];
    private static readonly byte[] SslRequest = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

    /// <summary>Whether a new connection is answered within two seconds, with or without a database behind it.</summary>
    internal static async Task<bool> ListensAsync(IPAddress address, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(2));
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address, 5432, limit.Token);
            await client.GetStream().WriteAsync(GssRequest, limit.Token);
            return await client.GetStream().ReadAsync(new byte[1], limit.Token) == 1;
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Whether it answers so.</summary>
    internal static async Task<bool> AnswersAsync(IPAddress address, CancellationToken cancellationToken) =>
        await PresentedAsync(address, cancellationToken) is not null;

    /// <summary>The SHA-256 of the certificate that it presents; null if it does not answer so.</summary>
    internal static async Task<byte[]?> PresentedAsync(IPAddress address, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(3));
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address, 5432, limit.Token);
            var stream = client.GetStream();
            await stream.WriteAsync(SslRequest, limit.Token);
            var answer = new byte[1];
            if (await stream.ReadAsync(answer, limit.Token) != 1 || answer[0] != (byte)'S')
            {
                return null;
            }

            // This probe only asks whether TLS 1.3 is spoken. Whom it is spoken with is for clients to verify.
#pragma warning disable CA5359
            await using var tls = new SslStream(stream, leaveInnerStreamOpen: true, (_, _, _, _) => true);
#pragma warning restore CA5359
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = "probe", EnabledSslProtocols = SslProtocols.Tls13 }, limit.Token);
            var presented = tls.SslProtocol == SslProtocols.Tls13 ? SHA256.HashData(tls.RemoteCertificate!.GetRawCertData()) : null;

            // A farewell, and the server's session tickets read: otherwise the close is a reset, which PostgreSQL logs each time.
            await tls.ShutdownAsync();
            while (await tls.ReadAsync(new byte[1024], limit.Token) > 0)
            {
            }

            return presented;
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or OperationCanceledException
            && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
