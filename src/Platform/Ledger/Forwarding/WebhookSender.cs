using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Beffroi.Kernel;
using Beffroi.Platform.Outbound;

namespace Beffroi.Platform.Ledger.Forwarding;

/// <summary>
/// Posts entries as JSON lines to an HTTPS address, signed: <c>Beffroi-Signature: t=SECONDS,v1=HEX</c>, where HEX is the HMAC-SHA-256, under the
/// webhook's secret, of the seconds, a dot and the body. A status of 200 to 299 means that they arrived.
/// </summary>
internal sealed class WebhookSender(OutboundConnections outbound, TimeProvider time)
{
    /// <summary>The header with the signature.</summary>
    public const string SignatureHeader = "Beffroi-Signature";

    /// <summary>Sends a batch.</summary>
    /// <exception cref="ForwardException">It hasn't arrived.</exception>
    public async Task SendAsync(LedgerForward forward, Secret secret, Batch batch, CancellationToken cancellationToken)
    {
        var body = Encoding.UTF8.GetBytes(string.Concat(batch.Rows.Select(row => SyslogSender.Line(batch.Origin, row) + "\n")));
        using var http = new HttpClient(outbound.CreateHandler(forward.Authority)) { Timeout = TimeSpan.FromSeconds(30), MaxResponseContentBufferSize = 64 << 10 };
        using var request = new HttpRequestMessage(HttpMethod.Post, forward.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        request.Headers.Add(SignatureHeader, Sign(secret, time.GetUtcNow().ToUnixTimeSeconds(), body));
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!answer.IsSuccessStatusCode)
            {
                throw new ForwardException(string.Create(CultureInfo.InvariantCulture, $"The receiver answered {(int)answer.StatusCode}."));
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new ForwardException(e.InnerException is IOException inner ? inner.Message : e is TaskCanceledException ? "The receiver didn't answer in time." : e.Message, e);
        }
    }

    /// <summary>The header's value.</summary>
    internal static string Sign(Secret secret, long seconds, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret.Reveal());
        hmac.AppendData(Encoding.ASCII.GetBytes(seconds.ToString(CultureInfo.InvariantCulture) + "."));
        hmac.AppendData(body);
        return string.Create(CultureInfo.InvariantCulture, $"t={seconds},v1={Convert.ToHexStringLower(hmac.GetHashAndReset())}");
    }
}
