using System.Globalization;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using Beffroi.Platform.Outbound;

namespace Beffroi.Platform.Ledger.Forwarding;

/// <summary>
/// Sends entries as syslog messages (RFC 5424) over TLS with octet counting (RFC 5425). Syslog has no acknowledgement of its own; so each batch has a
/// connection, which we close for writing at its end: a receiver closes too once it has read all of it, and that counts as arrived.
/// </summary>
internal sealed class SyslogSender(OutboundConnections outbound)
{
    // Facility 13 (log audit) times 8, and notice or warning (RFC 5424 section 6.2.1).
    private const int Notice = 109;
    private const int Warning = 108;
    private const int DefaultPort = 6514;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Sends a batch, and returns once the receiver has read it.</summary>
    /// <exception cref="UndeliveredException">It hasn't, as far as one can tell.</exception>
    public async Task SendAsync(LedgerForward forward, Batch batch, CancellationToken cancellationToken)
    {
        var url = new Uri(forward.Url);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await using var tls = await outbound.ConnectTlsAsync(url.IdnHost, url.Port < 0 ? DefaultPort : url.Port, forward.Authority, patience.Token);
            using var frames = new MemoryStream();
            foreach (var row in batch.Rows)
            {
                var message = Encoding.UTF8.GetBytes(Message(batch.Origin, row));
                frames.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{message.Length} ")));
                frames.Write(message);
            }

            await tls.WriteAsync(frames.GetBuffer().AsMemory(0, (int)frames.Length), patience.Token);
            await tls.FlushAsync(patience.Token);
            await tls.ShutdownAsync();
            var buffer = new byte[512];
            while (await tls.ReadAsync(buffer, patience.Token) > 0)
            {
                // A receiver has nothing to say; what counts is that it closes.
            }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new UndeliveredException("The receiver didn't answer in time.", e);
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            throw new UndeliveredException(e.Message, e);
        }
    }

    /// <summary>An entry as a syslog message.</summary>
    internal static string Message(string origin, LedgerRow row)
    {
        using var json = JsonDocument.Parse(row.Entry);
        string? Member(string name) => json.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
        var priority = Member("outcome") is "refused" or "failed" ? Warning : Notice;
        // A sequence id goes from 1 to 2147483647 and begins again (RFC 5424 section 7.3.1); the full number is in the message.
        var sequence = (row.Index % int.MaxValue) + 1;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"<{priority}>1 {Member("at") ?? "-"} {Printable(Environment.MachineName, 255)} beffroi - {Printable(Member("action") ?? "-", 32)} [origin software=\"beffroi\"][meta sequenceId=\"{sequence}\"] {Line(origin, row)}");
    }

    /// <summary>An entry with its place, as one line of JSON.</summary>
    internal static string Line(string origin, LedgerRow row) =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"entry\":{row.Entry},\"index\":{row.Index},\"log\":\"{JsonEncodedText.Encode(origin)}\"}}");

    // PRINTUSASCII of RFC 5424.
    private static string Printable(string text, int length) => new([.. text.Take(length).Select(c => c is > ' ' and <= '~' ? c : '_')]);
}
