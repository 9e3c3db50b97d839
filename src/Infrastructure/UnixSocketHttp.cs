using System.Net.Sockets;

namespace Beffroi.Infrastructure;

/// <summary>HTTP over a unix socket.</summary>
internal static class UnixSocketHttp
{
    /// <summary>A client whose every connection goes to <paramref name="socket"/>; its requests have no time limit but the caller's.</summary>
    /// <param name="socket">The socket's path.</param>
    /// <param name="wrap">What each connection is used through, if by anything.</param>
    public static HttpClient Connect(string socket, Func<Stream, Stream>? wrap = null) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
                var stream = new NetworkStream(connection, ownsSocket: true);
                return wrap is null ? stream : wrap(stream);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        },
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
    })
    {
        BaseAddress = new Uri("http://localhost"),
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
