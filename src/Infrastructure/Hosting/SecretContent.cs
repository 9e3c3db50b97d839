using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Beffroi.Infrastructure.Hosting;

/// <summary>
/// A request's JSON, which may hold a volume's key: of a known length, as in pieces of its own the receiver would copy it together, and overwritten when disposed.
/// </summary>
internal sealed class SecretContent : HttpContent
{
    // Small enough to be copied into a connection's buffer, which is cleared (ClearedStream): this is needed again if the connection turns out to be dead.
    private const int Piece = 1024;
    private readonly byte[] _json;

    /// <summary>Takes the JSON over.</summary>
    public SecretContent(byte[] json)
    {
        _json = json;
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        for (var at = 0; at < _json.Length; at += Piece)
        {
            await stream.WriteAsync(_json.AsMemory(at, Math.Min(Piece, _json.Length - at)), cancellationToken);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _json.Length;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        CryptographicOperations.ZeroMemory(_json);
        base.Dispose(disposing);
    }
}
