using System.Security.Cryptography;
using System.Text;
using Beffroi.Kernel;

namespace Beffroi.Transparency.Escrow;

/// <summary>
/// SLIP-0039, Shamir's secret sharing for mnemonic codes: cuts a secret into shares that people can write down, of which a number that was chosen open it and
/// fewer tell nothing. Reads shares in groups too; makes one group. Stateless and safe for concurrent use.
/// </summary>
public static class Slip39
{
    /// <summary>The most shares of a secret.</summary>
    public const int MostShares = 16;

    private const int Rounds = 4;
    private const int BaseIterations = 10_000;

    // 20,000 iterations of PBKDF2 in all: the standard's usual value.
    private const int UsualExponent = 1;

    /// <summary>Cuts a secret into shares.</summary>
    /// <param name="secret">16 to 64 bytes, an even number.</param>
    /// <param name="threshold">How many open it; 2 to <paramref name="count"/>.</param>
    /// <param name="count">How many there are; at most <see cref="MostShares"/>.</param>
    /// <param name="passphrase">Needed beside the shares, if it isn't empty; printable ASCII. A wrong one gives another secret, and no error.</param>
    /// <exception cref="Slip39Exception">The passphrase has other characters.</exception>
    public static IReadOnlyList<Slip39Share> Split(Secret secret, int threshold, int count, string passphrase)
    {
        ArgumentNullException.ThrowIfNull(secret);
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threshold, count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MostShares);
        if (secret.Reveal().Length is < 16 or > 64 || secret.Reveal().Length % 2 != 0)
        {
            throw new ArgumentException("The secret must have 16 to 64 bytes, and an even number of them.", nameof(secret));
        }

        var identifier = RandomNumberGenerator.GetInt32(1 << 15);
        var encrypted = Cipher(secret.Reveal(), [0, 1, 2, 3], Passphrase(passphrase), UsualExponent, Salt(identifier, extendable: true));
        var shares = SecretPolynomial.Split(encrypted, threshold, count)
            .Select((value, index) => new Slip39Share(identifier, true, UsualExponent, 0, 1, 1, index, threshold, value)).ToList();
        CryptographicOperations.ZeroMemory(encrypted);
        return shares;
    }

    /// <summary>Why these shares don't open a secret yet; null if they do.</summary>
    /// <exception cref="Slip39Exception">They don't belong together.</exception>
    public static string? Missing(IReadOnlyCollection<Slip39Share> shares)
    {
        var groups = Groups(shares);
        var first = shares.First();
        return groups.Count < first.GroupThreshold ? $"Shares of {first.GroupThreshold} groups are needed, and these are of {groups.Count}."
            : groups.FirstOrDefault(g => g.Count < g[0].Threshold) is { } few ? $"{few[0].Threshold} different shares are needed, and these are {few.Count}."
            : null;
    }

    /// <summary>The secret of these shares. More than are needed are checked too: each must belong to the rest.</summary>
    /// <param name="shares">At least as many as open it.</param>
    /// <param name="passphrase">The one that it was shared with, or empty.</param>
    /// <exception cref="Slip39Exception">They are too few, or don't belong together.</exception>
    public static Secret Combine(IReadOnlyCollection<Slip39Share> shares, string passphrase)
    {
        if (Missing(shares) is { } missing)
        {
            throw new Slip39Exception(missing);
        }

        var first = shares.First();
        var groups = Groups(shares).ConvertAll(g => new SecretPolynomial.Point((byte)g[0].GroupIndex, Recover(g[0].Threshold, g.Select(s => new SecretPolynomial.Point((byte)s.Index, s.Value)))));
        var encrypted = Recover(first.GroupThreshold, groups);
        var secret = Cipher(encrypted, [3, 2, 1, 0], Passphrase(passphrase), first.IterationExponent, Salt(first.Identifier, first.Extendable));
        try
        {
            return Secret.FromBytes(secret);
        }
        finally
        {
            groups.ForEach(g => CryptographicOperations.ZeroMemory(g.Value));
            CryptographicOperations.ZeroMemory(encrypted);
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private static byte[] Recover(int threshold, IEnumerable<SecretPolynomial.Point> points) => SecretPolynomial.Recover(threshold, [.. points])
        ?? throw new Slip39Exception("The shares have good checksums and the same number, but are not of one secret: one of them is of another, or was made up.");

    // By group, each share once.
    private static List<List<Slip39Share>> Groups(IReadOnlyCollection<Slip39Share> shares)
    {
        if (shares.Count == 0)
        {
            throw new Slip39Exception("There are no shares.");
        }

        var first = shares.First();
        if (shares.Any(s => s.Identifier != first.Identifier || s.Extendable != first.Extendable || s.IterationExponent != first.IterationExponent))
        {
            throw new Slip39Exception("They are shares of different secrets: the first two words of all must be the same.");
        }

        if (shares.Any(s => s.GroupThreshold != first.GroupThreshold || s.GroupCount != first.GroupCount || s.Value.Length != first.Value.Length))
        {
            throw new Slip39Exception("They are shares of different secrets: their lengths, or the numbers of groups, differ.");
        }

        return [.. shares.GroupBy(s => s.GroupIndex).Select(group =>
            group.Any(s => s.Threshold != group.First().Threshold) ? throw new Slip39Exception("They are shares of different secrets: some ask for more shares than others.")
            : group.GroupBy(s => s.Index).Select(same => same.All(s => CryptographicOperations.FixedTimeEquals(s.Value, same.First().Value)) ? same.First()
                : throw new Slip39Exception($"Two different shares say that they are share {same.Key + 1}.")).ToList())];
    }

    // The standard's Feistel network of four rounds of PBKDF2; backwards, it undoes itself.
    private static byte[] Cipher(ReadOnlySpan<byte> text, int[] rounds, byte[] passphrase, int exponent, byte[] salt)
    {
        var half = text.Length / 2;
        var (left, right) = (text[..half].ToArray(), text[half..].ToArray());
        foreach (var round in rounds)
        {
            var key = Rfc2898DeriveBytes.Pbkdf2([(byte)round, .. passphrase], [.. salt, .. right], (BaseIterations << exponent) / Rounds, HashAlgorithmName.SHA256, half);
            for (var i = 0; i < half; i++)
            {
                left[i] ^= key[i];
            }

            CryptographicOperations.ZeroMemory(key);
            (left, right) = (right, left);
        }

        byte[] result = [.. right, .. left];
        CryptographicOperations.ZeroMemory(left);
        CryptographicOperations.ZeroMemory(right);
        return result;
    }

    private static byte[] Salt(int identifier, bool extendable) => extendable ? [] : [.. "shamir"u8, (byte)(identifier >> 8), (byte)identifier];

    private static byte[] Passphrase(string passphrase) => passphrase.All(c => c is >= ' ' and <= '~') ? Encoding.ASCII.GetBytes(passphrase)
        : throw new Slip39Exception("A passphrase of shares may have printable ASCII characters only.");
}
