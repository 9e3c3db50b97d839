using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Beffroi.Testing;

/// <summary>TCP ports for servers that must be told theirs before they listen.</summary>
public static class Ports
{
    /// <summary>
    /// One that nobody listens on, below those that Linux gives out by itself (<c>ip_local_port_range</c>, ip(7)): one of these may be taken by any
    /// connection between being found and being listened on.
    /// </summary>
    public static int Free()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(10_000, 32_000);
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse)
            {
                // Somebody listens there, maybe on one address alone.
            }
        }
    }
}
