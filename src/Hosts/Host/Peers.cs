using System.Buffers.Binary;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Beffroi.Hosts.Host;

/// <summary>
/// Lets in root and one user only, by what the kernel says of the process at the other end (SO_PEERCRED, unix(7)): a
/// second lock behind the socket's file mode.
/// </summary>
internal sealed partial class Peers(uint? user, ILogger<Peers> logger)
{
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;

    /// <summary>Connection middleware.</summary>
    public ConnectionDelegate Admit(ConnectionDelegate next) => async connection =>
    {
        var peer = UserOf(connection);
        if (peer == 0 || peer == user)
        {
            await next(connection);
            return;
        }

        LogRefused(peer);
        connection.Abort(new ConnectionAbortedException("Not a user of this socket."));
    };

    private static uint UserOf(ConnectionContext connection)
    {
        var socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket
            ?? throw new InvalidOperationException("This transport does not tell its socket.");
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials);
        return BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused a connection of the user with id {User}")]
    private partial void LogRefused(uint user);
}
