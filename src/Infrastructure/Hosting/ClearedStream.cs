using System.Runtime.InteropServices;

namespace Beffroi.Infrastructure.Hosting;

/// <summary>
/// Sends, and then clears what was sent where it lay: an <see cref="HttpClient"/> keeps each connection's buffer, and a volume's key would stay in it. Whoever writes
/// must not need it again. As safe for concurrent use as the stream within.
/// </summary>
internal sealed class ClearedStream(Stream within) : Stream
{
    public override bool CanRead => within.CanRead;

    public override bool CanWrite => within.CanWrite;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await within.WriteAsync(buffer, cancellationToken);
        MemoryMarshal.AsMemory(buffer).Span.Clear();
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count)
    {
        within.Write(buffer, offset, count);
        buffer.AsSpan(offset, count).Clear();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => within.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => within.Read(buffer, offset, count);

    public override void Flush() => within.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => within.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            within.Dispose();
        }

        base.Dispose(disposing);
    }
}
