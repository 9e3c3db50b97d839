using System.Net;
using System.Net.NetworkInformation;
using System.Runtime.InteropServices;

namespace Beffroi.Agent.Postgres;

/// <summary>
/// Tells everyone on the link who has an address now (RFC 5227, 3: an ARP announcement), so that what they remember of its former holder ends.
/// </summary>
internal static partial class Arp
{
    private const int Packet = 17;
    private const int Datagram = 2;
    private const int CloseOnExec = 0x80000;
    private const ushort Protocol = 0x0806;

    /// <summary>Announces that this interface has the address.</summary>
    /// <exception cref="IOException">The kernel refuses.</exception>
    internal static void Announce(string link, IPAddress address)
    {
        var hardware = PhysicalAddress.Parse(File.ReadAllText($"/sys/class/net/{link}/address").Trim()).GetAddressBytes();
        var sender = address.GetAddressBytes();
        byte[] everyone = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

        // Ethernet, IPv4; who speaks and who is spoken of are the same (RFC 826). As an answer too (RFC 5944, 4.6): a host takes no question for an
        // address that isn't its own from a space (PacketFilterRules).
        byte[] request = [0, 1, 8, 0, 6, 4, 0, 1, .. hardware, .. sender, 0, 0, 0, 0, 0, 0, .. sender];
        byte[] reply = [0, 1, 8, 0, 6, 4, 0, 2, .. hardware, .. sender, .. hardware, .. sender];

        // sockaddr_ll, packet(7).
        var destination = new byte[20];
        MemoryMarshal.Write(destination, (ushort)Packet);
        destination[2] = Protocol >> 8;
        destination[3] = Protocol & 0xff;
        MemoryMarshal.Write(destination.AsSpan(4), (int)InterfaceIndex(link));
        destination[11] = 6;
        everyone.CopyTo(destination, 12);

        var socket = Open(Packet, Datagram | CloseOnExec, 0);
        if (socket < 0)
        {
            throw Failed();
        }

        try
        {
            foreach (var message in (byte[][])[request, reply])
            {
                if (Send(socket, message, (nuint)message.Length, 0, destination, destination.Length) < 0)
                {
                    throw Failed();
                }
            }
        }
        finally
        {
            _ = Close(socket);
        }
    }

    private static IOException Failed() => new("An address can't be announced: " + Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));

    [LibraryImport("libc", EntryPoint = "if_nametoindex", StringMarshalling = StringMarshalling.Utf8)]
    private static partial uint InterfaceIndex(string name);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Open(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    private static partial nint Send(int socket, byte[] message, nuint length, int flags, byte[] destination, int destinationLength);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int socket);
}
