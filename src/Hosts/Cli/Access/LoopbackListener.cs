using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Beffroi.Hosts.Cli.Access;

/// <summary>Waits on a port of the loopback interface for the browser to come back from a sign-in (RFC 8252 section 7.3). One request that fits, then it is over.</summary>
internal sealed class LoopbackListener : IDisposable
{
    private const int LongestLine = 8192;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public LoopbackListener() => _listener.Start();

    /// <summary>Where the browser is to be sent.</summary>
    public string RedirectUri => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/callback");

    /// <summary>The code that came with this state; a problem if the person refused. Requests that don't carry the state are nobody's and change nothing.</summary>
    public async Task<string> WaitAsync(string state, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var connection = await _listener.AcceptTcpClientAsync(cancellationToken);
            var query = await ReadQueryAsync(connection, cancellationToken);
            var mine = query?.GetValueOrDefault("state") == state;
            var (code, error) = (query?.GetValueOrDefault("code"), query?.GetValueOrDefault("error"));
            await AnswerAsync(connection, mine && code is not null ? "Done. Go back to the command line." : mine ? "Not signed in. Go back to the command line." : "Nothing is waiting for this.", mine, cancellationToken);
            if (mine)
            {
                return code ?? throw new CliException(
                    error == "access_denied" ? "The sign-in was refused in the browser." : $"The sign-in did not succeed ({Printable(error)}).", ExitCode.Refused);
            }
        }
    }

    public void Dispose() => _listener.Dispose();

    private static string Printable(string? error) => error is { Length: > 0 and <= 64 } && error.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? error : "no code came";

    private static async Task<Dictionary<string, string>?> ReadQueryAsync(TcpClient connection, CancellationToken cancellationToken)
    {
        // Browsers open connections that they then don't use.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var buffer = new byte[LongestLine];
        var length = 0;
        try
        {
            while (length < buffer.Length && buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
            {
                var read = await connection.GetStream().ReadAsync(buffer.AsMemory(length), patience.Token);
                if (read == 0)
                {
                    return null;
                }

                length += read;
            }
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }

        var line = Encoding.ASCII.GetString(buffer, 0, length).Split('\r')[0];
        if (line.Split(' ') is not ["GET", var target, ..] || !target.StartsWith("/callback?", StringComparison.Ordinal))
        {
            return null;
        }

        var query = new Dictionary<string, string>();
        foreach (var pair in target["/callback?".Length..].Split('&'))
        {
            var parts = pair.Split('=', 2);
            query[Uri.UnescapeDataString(parts[0])] = parts.Length == 2 ? Uri.UnescapeDataString(parts[1].Replace('+', ' ')) : "";
        }

        return query;
    }

    private static async Task AnswerAsync(TcpClient connection, string text, bool found, CancellationToken cancellationToken)
    {
        var body = Encoding.UTF8.GetBytes($"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Beffroi</title><p>{text}</p></html>\n");
        var head = $"HTTP/1.1 {(found ? "200 OK" : "404 Not Found")}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {body.Length}\r\nContent-Security-Policy: default-src 'none'\r\n"
            + "Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";
        try
        {
            await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), cancellationToken);
            await connection.GetStream().WriteAsync(body, cancellationToken);
        }
        catch (IOException)
        {
            // The browser has gone; what it brought is here.
        }
    }
}
