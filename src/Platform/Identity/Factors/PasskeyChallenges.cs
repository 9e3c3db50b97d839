using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity.Factors;

/// <summary>What browsers were asked to sign, in the store: once each, for five minutes. Each method works in the caller's transaction.</summary>
internal static class PasskeyChallenges
{
    // Anyone may ask. A whole hospital may come from one address, and each asks for seconds.
    private const int MostFromOneOrigin = 200;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>Keeps one in place of an earlier one of this cookie; false if too many from this address wait.</summary>
    /// <param name="connection">Any.</param>
    /// <param name="side">Of the listener.</param>
    /// <param name="cookie">SHA-256 of the browser's cookie.</param>
    /// <param name="holder">Who adds a passkey; null for a sign-in.</param>
    /// <param name="origin">The browser's address.</param>
    /// <param name="state">What the answer is compared with.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<bool> PutAsync(NpgsqlConnection connection, Side side, byte[] cookie, Guid? holder, string origin, string state, CancellationToken cancellationToken) =>
        await connection.Statement("""
            insert into platform.passkey_challenges (sha256, side, holder, origin, state, expires_at)
            select $1, $2, $3::uuid, $4, $5, now() + $6::interval
            where (select count(*) from platform.passkey_challenges where origin = $4 and expires_at > now()) < $7
            on conflict (sha256) do update set side = excluded.side, holder = excluded.holder, origin = excluded.origin, state = excluded.state, expires_at = excluded.expires_at
            """, cookie, side.Text(), holder, origin, state, Lifetime, MostFromOneOrigin).RunAsync(cancellationToken) > 0;

    /// <summary>Takes the one of this cookie, whatever comes of it; null if there is none (any more), or if it is the other side's or another holder's.</summary>
    public static async Task<string?> TakeAsync(NpgsqlConnection connection, Side side, byte[] cookie, Guid? holder, CancellationToken cancellationToken) =>
        await connection.Statement("""
            delete from platform.passkey_challenges where sha256 = $1 and side = $2 and holder is not distinct from $3::uuid and expires_at > now() returning state
            """, cookie, side.Text(), holder).FirstAsync(r => r.GetString(0), cancellationToken);
}
