using Beffroi.Platform.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Beffroi.Platform.Identity.Factors;

/// <summary>
/// Passwords as ASP.NET Core Identity hashes them: PBKDF2 with HMAC-SHA-512. Only as many at once as there are processors: strangers make this work.
/// Safe for concurrent use.
/// </summary>
internal sealed class Passwords(ApiOptions options) : IDisposable
{
    /// <summary>Fewest and most characters. A second factor is always asked for; no rule on which characters (NIST SP 800-63B section 3.1.1.2).</summary>
    public const int Shortest = 12, Longest = 128;

    // An account's name that is shorter may be in a password by chance.
    private const int NameMatters = 4;

    private readonly PasswordHasher<object> _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = options.PasswordRounds }));
    private readonly SemaphoreSlim _turns = new(Environment.ProcessorCount);

    /// <summary>Whether it may be the password of this account: long enough, and without the account's name in it.</summary>
    public static bool IsGood(string password, string account) =>
        password.Length is >= Shortest and <= Longest
        && !account.Split('/').Any(part => part.Length >= NameMatters && password.Contains(part, StringComparison.OrdinalIgnoreCase));

    public async Task<string> HashAsync(string password, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken);
        try
        {
            return _hasher.HashPassword(this, password);
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>Whether it is the password. One longer than any can be is not looked at.</summary>
    public async Task<bool> VerifyAsync(string hash, string password, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken);
        try
        {
            return _hasher.VerifyHashedPassword(this, hash, password.Length <= Longest ? password : "") != PasswordVerificationResult.Failed;
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();
}
