using System.Buffers.Binary;
using System.Net;

namespace Beffroi.Agent.Links;

/// <summary>
/// Ethernet frames made by hand, so that any field of them can be a lie. Pure. Sources: RFC 826 (ARP), RFC 791 and 768 (IPv4, UDP),
/// RFC 8200 and 4443 (IPv6, ICMPv6), RFC 4861 section 4.2 (router advertisement).
/// </summary>
internal static class Frames
{
    internal static readonly byte[] Broadcast = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    private static readonly byte[] AllNodesMac = [0x33, 0x33, 0, 0, 0, 1];

    /// <summary>A datagram.</summary>
    internal static byte[] Udp(byte[] fromMac, byte[] toMac, IPAddress from, IPAddress to, int port, byte[] payload)
    {
        var frame = Ethernet(fromMac, toMac, 0x0800, 28 + payload.Length);
        var ip = frame.AsSpan(14);
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(28 + payload.Length));
        ip[8] = 64;
        ip[9] = 17;
        from.TryWriteBytes(ip[12..], out _);
        to.TryWriteBytes(ip[16..], out _);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Checksum(ip[..20], 0));
        var udp = ip[20..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, 40_000);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], (ushort)port);
        // No checksum (0) is allowed in IPv4.
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)(8 + payload.Length));
        payload.CopyTo(udp[8..]);
        return frame;
    }

    /// <summary>Who has <paramref name="target"/>? Operation 2 says: I am at <paramref name="sender"/>. The payload lies in the padding.</summary>
    internal static byte[] Arp(ushort operation, byte[] mac, IPAddress sender, IPAddress target, byte[] payload)
    {
        var frame = Ethernet(mac, Broadcast, 0x0806, 28 + payload.Length);
        var arp = frame.AsSpan(14);
        BinaryPrimitives.WriteUInt16BigEndian(arp, 1);
        BinaryPrimitives.WriteUInt16BigEndian(arp[2..], 0x0800);
        arp[4] = 6;
        arp[5] = 4;
        BinaryPrimitives.WriteUInt16BigEndian(arp[6..], operation);
        mac.CopyTo(arp[8..]);
        sender.TryWriteBytes(arp[14..], out _);
        target.TryWriteBytes(arp[24..], out _);
        payload.CopyTo(arp[28..]);
        return frame;
    }

    /// <summary>The address that an ARP reply gives its sender, or null if the frame is none.</summary>
    internal static IPAddress? ArpReplyFrom(ReadOnlySpan<byte> frame) =>
        frame.Length >= 42 && frame[12] == 0x08 && frame[13] == 0x06 && frame[21] == 2 ? new IPAddress(frame.Slice(28, 4)) : null;

    /// <summary>An ICMPv6 message to all nodes of the link, from the link-local address of the MAC: type 128 an echo request, 134 a router advertisement.</summary>
    internal static byte[] Icmpv6(byte type, byte[] mac, byte[] payload)
    {
        // An advertisement of a router and a prefix (fd62:6662::/64) whose lifetimes are 0: where one gets through, it is seen and does no harm.
        byte[] head = type == 134
            ? [134, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 4, 64, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xfd, 0x62, 0x66, 0x62, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
            : [type, 0, 0, 0, 0, 1, 0, 1];
        // Options have whole units of eight bytes; an unknown one (253, RFC 4727) carries the mark.
        byte[] message = type == 134 ? [.. head, 253, 3, .. payload.Concat(new byte[22]).Take(22)] : [.. head, .. payload];
        var frame = Ethernet(mac, AllNodesMac, 0x86dd, 40 + message.Length);
        var ip = frame.AsSpan(14);
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)message.Length);
        ip[6] = 58;
        ip[7] = 255;
        // fe80::/10 with the modified EUI-64 of the MAC (RFC 4291, appendix A).
        ((ReadOnlySpan<byte>)[0xfe, 0x80, 0, 0, 0, 0, 0, 0, (byte)(mac[0] ^ 2), mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]]).CopyTo(ip[8..]);
        ((ReadOnlySpan<byte>)[0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]).CopyTo(ip[24..]);
        message.CopyTo(ip[40..]);
        // Over a pseudo header (RFC 8200, 8.1).
        var pseudo = Sum(ip[8..40], (uint)message.Length + 58);
        BinaryPrimitives.WriteUInt16BigEndian(ip[42..], Checksum(ip[40..(40 + message.Length)], pseudo));
        return frame;
    }

    private static byte[] Ethernet(byte[] from, byte[] to, ushort type, int length)
    {
        var frame = new byte[Math.Max(60, 14 + length)];
        to.CopyTo(frame, 0);
        from.CopyTo(frame, 6);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), type);
        return frame;
    }

    // RFC 1071.
    private static ushort Checksum(ReadOnlySpan<byte> bytes, uint start)
    {
        var sum = Sum(bytes, start);
        while (sum >> 16 != 0)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)~sum;
    }

    private static uint Sum(ReadOnlySpan<byte> bytes, uint sum)
    {
        for (var i = 0; i < bytes.Length; i += 2)
        {
            sum += (uint)((bytes[i] << 8) | (i + 1 < bytes.Length ? bytes[i + 1] : 0));
        }

        return sum;
    }
}
