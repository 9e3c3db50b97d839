using System.Net;
using System.Net.Sockets;

namespace Beffroi.Agent.Bootstrap;

/// <summary>
/// What the host tells this instance, and no other: the guest API of Incus on /dev/incus/sock, readable by the instance's root.
/// Source: Incus documentation, «Communication between instance and host».
/// </summary>
internal sealed class GuestApi : IDisposable
{
    private const string Socket = "/dev/incus/sock";
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    })
    {
        BaseAddress = new Uri("http://incus"),
        Timeout = TimeSpan.FromSeconds(10),
    };

    /// <summary>The value of <c>user.beffroi.NAME</c>, or null if it is not set.</summary>
    internal async Task<string?> FindAsync(string name, CancellationToken cancellationToken)
    {
        using var response = await _client.GetAsync(new Uri("/1.0/config/user.beffroi." + name, UriKind.Relative), cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadAsStringAsync(cancellationToken)).Trim();
    }

    /// <summary>As <see cref="FindAsync"/>, and waits until the host answers and the value is there.</summary>
    internal async Task<string> RequireAsync(string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (await FindAsync(name, cancellationToken) is { Length: > 0 } value)
                {
                    return value;
                }
            }
            catch (HttpRequestException)
            {
                // incusd may be restarting.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
        }
    }

    /// <summary>What the host answers to a request for any path of it.</summary>
    internal async Task<HttpStatusCode> StatusAsync(string path, CancellationToken cancellationToken) => (await ReadAsync(path, cancellationToken)).Status;

    /// <summary>As <see cref="StatusAsync"/>, with the answer.</summary>
    internal async Task<(HttpStatusCode Status, string Text)> ReadAsync(string path, CancellationToken cancellationToken)
    {
        // Dots and escapes stay as they are: a probe wants to know what the host makes of them.
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("http://incus" + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        using var response = await _client.SendAsync(request, cancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    public void Dispose() => _client.Dispose();
}
