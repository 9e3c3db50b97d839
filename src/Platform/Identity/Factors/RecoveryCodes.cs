using System.Security.Cryptography;
using System.Text;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity.Factors;

/// <summary>What stands in for a code of the second factor, ten of them, once each. Of a code only the SHA-256 is kept; it has 80 random bits.</summary>
internal static class RecoveryCodes
{
    public const int Count = 10;
    private const int Bytes = 10;
    private const int Group = 4;

    /// <summary>New ones, in place of all that there were: for the person's eyes alone, and not to be had again.</summary>
    public static async Task<IReadOnlyList<string>> ReplaceAsync(NpgsqlConnection connection, Guid holder, CancellationToken cancellationToken)
    {
        var codes = Enumerable.Range(0, Count).Select(_ => Base32.Encode(RandomNumberGenerator.GetBytes(Bytes))).ToArray();
        await connection.Statement("delete from platform.recovery_codes where holder = $1", holder).RunAsync(cancellationToken);
        await connection.Statement("insert into platform.recovery_codes (holder, sha256) select $1, unnest($2::bytea[])", holder, codes.Select(Hash).ToArray()).RunAsync(cancellationToken);
        return [.. codes.Select(c => string.Join('-', c.Chunk(Group).Select(g => new string(g))))];
    }

    /// <summary>Uses a code up; false if it is none of the account's, or was used.</summary>
    public static async Task<bool> UseAsync(NpgsqlConnection connection, Guid holder, string code, CancellationToken cancellationToken) =>
        await connection.Statement("update platform.recovery_codes set used_at = now() where holder = $1 and sha256 = $2 and used_at is null", holder, Hash(Plain(code)))
            .RunAsync(cancellationToken) > 0;

    // People write them with or without hyphens and capitals.
    private static string Plain(string code) => new([.. code.Where(char.IsAsciiLetterOrDigit).Select(char.ToUpperInvariant)]);

    private static byte[] Hash(string code) => SHA256.HashData(Encoding.ASCII.GetBytes(code));
}
