using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Beffroi.Kernel;

namespace Beffroi.Platform.Outbound;

/// <summary>
/// Posts to HTTPS addresses that customers name, signed: <c>Beffroi-Signature: t=SECONDS,v1=HEX</c>, where HEX is the HMAC-SHA-256, under the webhook's secret, of the seconds, a dot and
/// the body. A status of 200 to 299 means that it arrived.
/// </summary>
internal sealed class SignedWebhook(OutboundConnections outbound, TimeProvider time)
{
    /// <summary>The header with the signature.</summary>
    public const string SignatureHeader = "Beffroi-Signature";

    /// <summary>Posts once.</summary>
    /// <param name="url">Where to.</param>
    /// <param name="authority">As in <see cref="OutboundConnections.CreateHandler"/>.</param>
    /// <param name="secret">Signs.</param>
    /// <param name="type">The body's media type.</param>
    /// <param name="body">What.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="UndeliveredException">It hasn't arrived.</exception>
    public async Task PostAsync(string url, string? authority, Secret secret, string type, byte[] body, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(outbound.CreateHandler(authority)) { Timeout = TimeSpan.FromSeconds(30), MaxResponseContentBufferSize = 64 << 10 };
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        request.Headers.Add(SignatureHeader, Sign(secret, time.GetUtcNow().ToUnixTimeSeconds(), body));
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!answer.IsSuccessStatusCode)
            {
                throw new UndeliveredException(string.Create(CultureInfo.InvariantCulture, $"The receiver answered {(int)answer.StatusCode}."));
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new UndeliveredException(e.InnerException is IOException inner ? inner.Message : e is TaskCanceledException ? "The receiver didn't answer in time." : e.Message, e);
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
