using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Beffroi.Infrastructure.Hosting;

namespace Beffroi.Infrastructure.Tests;

/// <summary>What is sent to the host process is nowhere in the sender's buffers afterwards, and arrives all the same.</summary>
public sealed class SecretContentTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("beffroi-test-socket-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(10)]
    [InlineData(1024)]
    [InlineData(5000)]
    [InlineData(60_000)]
    public async Task It_arrives_and_no_buffer_that_it_was_sent_from_keeps_it(int length)
    {
        var token = TestContext.Current.CancellationToken;
        var json = new string('k', length);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_folder + "/s"));
        listener.Listen();
        var serving = ServeAsync(listener, length, token);
        SpyStream? spy = null;
        using var http = UnixSocketHttp.Connect(_folder + "/s", stream => new ClearedStream(spy = new SpyStream(stream)));
        var bytes = Encoding.ASCII.GetBytes(json);
        using (var content = new SecretContent(bytes))
        using (var response = await http.PostAsync("/", content, token))
        {
            Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        }

        Assert.EndsWith("\r\n\r\n" + json, await serving, StringComparison.Ordinal);
        Assert.All(bytes, b => Assert.Equal(0, b));
        Assert.NotEmpty(spy!.Sent);
        Assert.All(spy.Sent, piece => Assert.False(piece.Span.ContainsAnyExcept((byte)0)));
    }

    private static async Task<string> ServeAsync(Socket listener, int length, CancellationToken cancellationToken)
    {
        using var connection = await listener.AcceptAsync(cancellationToken);
        var received = new StringBuilder();
        var buffer = new byte[4096];
        while (received.ToString().IndexOf("\r\n\r\n", StringComparison.Ordinal) is var end && (end < 0 || received.Length < end + 4 + length))
        {
            received.Append(Encoding.ASCII.GetString(buffer, 0, await connection.ReceiveAsync(buffer, cancellationToken)));
        }

        await connection.SendAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray(), cancellationToken);
        return received.ToString();
    }

    /// <summary>Remembers where what is sent through it lay.</summary>
    private sealed class SpyStream(Stream within) : MemoryStream
    {
        public List<ReadOnlyMemory<byte>> Sent { get; } = [];

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Assert.True(MemoryMarshal.TryGetArray(buffer, out _));
            Sent.Add(buffer);
            return within.WriteAsync(buffer, cancellationToken);
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => within.ReadAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => within.FlushAsync(cancellationToken);

        protected override void Dispose(bool disposing)
        {
            within.Dispose();
            base.Dispose(disposing);
        }
    }
}
