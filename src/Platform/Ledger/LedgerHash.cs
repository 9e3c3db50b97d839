using System.Security.Cryptography;
using System.Text;

namespace Beffroi.Platform.Ledger;

/// <summary>
/// The chain: SHA-256(0x02 || hash of the entry before || entry in UTF-8). The first entry's predecessor is 32 zero bytes.
/// 0x02 keeps these hashes apart from the leaves (0x00) and nodes (0x01) of the Merkle tree (RFC 9162, section 2.1) to come.
/// </summary>
internal static class LedgerHash
{
    public static byte[] Genesis => new byte[SHA256.HashSizeInBytes];

    public static byte[] Of(ReadOnlySpan<byte> previous, string entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([0x02]);
        hash.AppendData(previous);
        hash.AppendData(Encoding.UTF8.GetBytes(entry));
        return hash.GetHashAndReset();
    }
}
