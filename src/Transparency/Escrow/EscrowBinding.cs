using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Beffroi.Transparency.Escrow;

/// <summary>What an escrowed key belongs to. It is authenticated with it, so that no sealed key can stand in another's place.</summary>
/// <param name="OrganizationId">Whose.</param>
/// <param name="OwnerId">The resource, space or other owner.</param>
/// <param name="Purpose">As it is wrapped under the organization's key, e.g. <c>resource-key</c>.</param>
/// <param name="Generation">Of the key, from 1.</param>
public sealed record EscrowBinding(Guid OrganizationId, Guid OwnerId, string Purpose, int Generation)
{
    /// <summary>HPKE's <c>info</c>: <c>beffroi/escrow/1 0x00 | organization (16) | owner (16) | generation (4, big-endian) | purpose (UTF-8)</c>.</summary>
    internal byte[] Info => Bytes("beffroi/escrow/1");

    /// <summary>
    /// Tells, without telling the key, whether one that comes back is the one that was sealed: SHA-256 of 32 bytes (the hash of the binding) and the key. Keys have at
    /// least 256 random bits, so nothing can be found from it.
    /// </summary>
    public byte[] Commitment(ReadOnlySpan<byte> key)
    {
        byte[] text = [.. SHA256.HashData(Bytes("beffroi/escrow-commitment/1")), .. key];
        var hash = SHA256.HashData(text);
        CryptographicOperations.ZeroMemory(text);
        return hash;
    }

    private byte[] Bytes(string domain)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, Generation);
        return [.. Encoding.UTF8.GetBytes(domain), 0, .. OrganizationId.ToByteArray(bigEndian: true), .. OwnerId.ToByteArray(bigEndian: true), .. number, .. Encoding.UTF8.GetBytes(Purpose)];
    }
}
