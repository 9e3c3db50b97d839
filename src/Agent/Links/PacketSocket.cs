using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Beffroi.Agent.Links;

/// <summary>Whole Ethernet frames on the instance's own interface (packet(7)). One reader and one writer may use it at once.</summary>
internal sealed partial class PacketSocket : IDisposable
{
    private const int Packet = 17;
    private const int Raw = 3;
    private const int CloseOnExec = 0x80000;
    private const int SocketLevel = 1;
    private const int ReceiveTimeout = 20;
    private const int PacketLevel = 263;
    private const int IgnoreOutgoing = 23;
    private const ushort AllProtocols = 0x0003;
    private readonly int _socket;

    /// <exception cref="InvalidOperationException">The instance may not (CAP_NET_RAW), or has no such interface.</exception>
    internal PacketSocket(string networkInterface)
    {
        var protocol = BinaryPrimitives.ReverseEndianness(AllProtocols);
        _socket = Open(Packet, Raw | CloseOnExec, protocol);
        if (_socket < 0)
        {
            throw new InvalidOperationException("Raw packets can't be had: " + Marshal.GetLastPInvokeErrorMessage());
        }

        // struct sockaddr_ll
        Span<byte> address = stackalloc byte[20];
        BinaryPrimitives.WriteUInt16LittleEndian(address, Packet);
        BinaryPrimitives.WriteUInt16LittleEndian(address[2..], protocol);
        BinaryPrimitives.WriteUInt32LittleEndian(address[4..], IndexOf(networkInterface));
        // A tenth of a second, as struct timeval.
        Span<byte> patience = stackalloc byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(patience[8..], 100_000);
        // Only what arrives: not what this instance itself sends, under whatever name.
        ReadOnlySpan<byte> yes = [1, 0, 0, 0];
        if (Bind(_socket, address, address.Length) != 0 || SetOption(_socket, PacketLevel, IgnoreOutgoing, yes, yes.Length) != 0
            || SetOption(_socket, SocketLevel, ReceiveTimeout, patience, patience.Length) != 0)
        {
            var message = Marshal.GetLastPInvokeErrorMessage();
            _ = Close(_socket);
            throw new InvalidOperationException("Raw packets can't be had: " + message);
        }
    }

    /// <summary>The length of the next frame, read into <paramref name="buffer"/>; 0 after a tenth of a second without one.</summary>
    internal int Receive(Span<byte> buffer) => (int)Math.Max(0, Read(_socket, buffer, buffer.Length, 0));

    /// <summary>Sends a frame; false if the kernel refuses.</summary>
    internal bool Send(ReadOnlySpan<byte> frame) => Write(_socket, frame, frame.Length, 0) == frame.Length;

    public void Dispose() => _ = Close(_socket);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Open(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int socket, ReadOnlySpan<byte> address, int length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int socket, int level, int name, ReadOnlySpan<byte> value, int length);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Read(int socket, Span<byte> buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Write(int socket, ReadOnlySpan<byte> buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int socket);

    [LibraryImport("libc", EntryPoint = "if_nametoindex", StringMarshalling = StringMarshalling.Utf8)]
    private static partial uint IndexOf(string name);
}
