using System.Buffers.Binary;
using System.Net;

namespace Beffroi.Infrastructure;

/// <summary>
/// How space networks are cut from a zone's range: the space with index i has the i-th /24, the host its first address.
/// </summary>
/// <param name="Range">The zone's range, /8 to /24, private (RFC 1918).</param>
public sealed record SpaceSubnet(IPNetwork Range)
{
    /// <summary>How many spaces the range has room for.</summary>
    public int Capacity => 1 << (24 - Range.PrefixLength);

    /// <summary>The subnet of the space with this index.</summary>
    public IPNetwork Subnet(int index) => new(Address(index, 0), 24);

    /// <summary>The host's own address in the space, where agents call.</summary>
    public IPAddress Gateway(int index) => Address(index, 1);

    /// <summary>An instance's address: <paramref name="hostNumber"/> is 2 to 254.</summary>
    public IPAddress Instance(int index, int hostNumber)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hostNumber, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hostNumber, 254);
        return Address(index, hostNumber);
    }

    private IPAddress Address(int index, int last)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Capacity);
        Span<byte> bytes = stackalloc byte[4];
        Range.BaseAddress.TryWriteBytes(bytes, out _);
        BinaryPrimitives.WriteUInt32BigEndian(bytes, BinaryPrimitives.ReadUInt32BigEndian(bytes) + ((uint)index << 8) + (uint)last);
        return new IPAddress(bytes);
    }
}
