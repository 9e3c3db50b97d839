using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Beffroi.Contracts.Agents;

namespace Beffroi.Agent.Postgres;

/// <summary>What PostgreSQL speaks where customers connect, tried for real. Source: PostgreSQL 17, «SSL Session Encryption» (54.2.10), «Message Formats» (54.7).</summary>
internal static class TlsProbe
{
    private const int Port = 5432;

    // PostgreSQL answers it as soon as it has a process for the connection, and says nothing in its log when the connection then ends.
    private static readonly byte[] GssRequest = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30];
    private static readonly byte[] SslRequest = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

    // Somebody who begins at once, without TLS: a message of 24 bytes, version 3.0, with a name by which PostgreSQL's log tells who it was.
    private static readonly byte[] Startup = [0, 0, 0, 24, 0, 3, 0, 0, .. "user\0tls-probe\0\0"u8];

    /// <summary>Whether a new connection is answered within two seconds, with or without a database behind it.</summary>
    internal static async Task<bool> ListensAsync(IPAddress address, CancellationToken cancellationToken) =>
        await TryAsync(address, TimeSpan.FromSeconds(2), (stream, token) => AnswerAsync(stream, GssRequest, token), cancellationToken) is not null;

    /// <summary>Whether it speaks TLS 1.3.</summary>
    internal static async Task<bool> AnswersAsync(IPAddress address, CancellationToken cancellationToken, int port = Port) =>
        await PresentedAsync(address, cancellationToken, port) is not null;

    /// <summary>The SHA-256 of the certificate that it presents with TLS 1.3; null if it does not answer so.</summary>
    internal static async Task<byte[]?> PresentedAsync(IPAddress address, CancellationToken cancellationToken, int port = Port) =>
        await HandshakeAsync(address, SslProtocols.Tls13, cancellationToken, port) is { Length: > 0 } presented ? presented : null;

    /// <summary>What it speaks and what it refuses; null if that could not be tried. Each refusal is a line in PostgreSQL's log.</summary>
    internal static async Task<PostgresFacts.Types.Listener?> LookAsync(IPAddress address, CancellationToken cancellationToken)
    {
        var tls13 = await HandshakeAsync(address, SslProtocols.Tls13, cancellationToken);
        var tls12 = await HandshakeAsync(address, SslProtocols.Tls12, cancellationToken);
        var plain = await TryAsync(address, TimeSpan.FromSeconds(3), (stream, token) => AnswerAsync(stream, Startup, token), cancellationToken);
        return tls13 is null || tls12 is null || plain is null ? null
            // An error at once is a refusal; a question for a password, or anything else, is none.
            : new PostgresFacts.Types.Listener { Tls13 = tls13.Length > 0, Tls12 = tls12.Length > 0, Plain = plain[0] != (byte)'E' };
    }

    /// <summary>The SHA-256 of the certificate that is presented with this version of TLS and no other; empty where it is refused, null if it could not be tried.</summary>
    private static Task<byte[]?> HandshakeAsync(IPAddress address, SslProtocols version, CancellationToken cancellationToken, int port = Port) => TryAsync(
        address, TimeSpan.FromSeconds(3), async (stream, token) =>
        {
            if (await AnswerAsync(stream, SslRequest, token) is not [(byte)'S'])
            {
                return [];
            }

            // Whom it is spoken with is for clients to verify.
#pragma warning disable CA5359
            await using var tls = new SslStream(stream, leaveInnerStreamOpen: true, (_, _, _, _) => true);
#pragma warning restore CA5359
            try
            {
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "probe", EnabledSslProtocols = version }, token);
            }
            catch (AuthenticationException)
            {
                return [];
            }

            var presented = SHA256.HashData(tls.RemoteCertificate!.GetRawCertData());

            // A farewell, and the server's session tickets read: otherwise the close is a reset, which PostgreSQL logs each time.
            await tls.ShutdownAsync();
            while (await tls.ReadAsync(new byte[1024], token) > 0)
            {
            }

            return presented;
        },
        cancellationToken, port);

    /// <summary>The first byte of the answer; null if there is none.</summary>
    private static async Task<byte[]?> AnswerAsync(NetworkStream stream, byte[] message, CancellationToken cancellationToken)
    {
        var answer = new byte[1];
        await stream.WriteAsync(message, cancellationToken);
        return await stream.ReadAsync(answer, cancellationToken) == 1 ? answer : null;
    }

    /// <summary>What is made of a new connection; null if there is none, or no answer in time.</summary>
    private static async Task<byte[]?> TryAsync(
        IPAddress address, TimeSpan patience, Func<NetworkStream, CancellationToken, Task<byte[]?>> ask, CancellationToken cancellationToken, int port = Port)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address, port, limit.Token);
            return await ask(client.GetStream(), limit.Token);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
