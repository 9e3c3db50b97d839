using System.Net;
using System.Net.Sockets;

namespace Beffroi.Agent.Probing;

/// <summary>Ports that answer, so that reaching this probe would be seen: TCP says a word and closes, UDP sends back what came.</summary>
internal sealed class Listeners : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Socket> _sockets = [];

    /// <exception cref="SocketException">A port is taken.</exception>
    internal Listeners(IReadOnlyList<uint> tcp, IReadOnlyList<uint> udp)
    {
        foreach (var port in tcp)
        {
            var socket = Open(SocketType.Stream, ProtocolType.Tcp, (int)port);
            socket.Listen(64);
            _ = AcceptAsync(socket);
        }

        foreach (var port in udp)
        {
            _ = EchoAsync(Open(SocketType.Dgram, ProtocolType.Udp, (int)port));
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }

        _stop.Dispose();
    }

    private Socket Open(SocketType type, ProtocolType protocol, int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        _sockets.Add(socket);
        socket.Bind(new IPEndPoint(IPAddress.Any, port));
        return socket;
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var client = await listener.AcceptAsync(_stop.Token);
                await client.SendAsync("beffroi\n"u8.ToArray(), _stop.Token);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // The other side is gone, or this one is.
            }
        }
    }

    private async Task EchoAsync(Socket socket)
    {
        var buffer = new byte[512];
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var got = await socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                await socket.SendToAsync(buffer.AsMemory(0, got.ReceivedBytes), SocketFlags.None, got.RemoteEndPoint, _stop.Token);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // As above.
            }
        }
    }
}
