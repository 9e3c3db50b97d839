using Beffroi.Platform.Identity.Factors;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity.Sessions;

/// <summary>A refresh token that was shown.</summary>
/// <param name="Session">Of which session.</param>
/// <param name="Holder">Whose.</param>
/// <param name="Used">Whether it was used before.</param>
/// <param name="Valid">Whether it could be used: neither it nor its session has ended.</param>
internal sealed record ShownRefreshToken(Guid Session, Guid Holder, bool Used, bool Valid);

/// <summary>Refresh tokens in the store. Each method works in the caller's transaction.</summary>
internal static class RefreshTokens
{
    /// <summary>What is known of a token of this side and this client; null for one that is none.</summary>
    public static Task<ShownRefreshToken?> FindAsync(NpgsqlConnection connection, Side side, string client, string token, CancellationToken cancellationToken) =>
        TokenHash.Of(token) is not { } hash ? Task.FromResult<ShownRefreshToken?>(null) : connection.Statement("""
            select s.id, s.holder, r.used_at is not null, s.ended_at is null and s.expires_at > now() and r.expires_at > now()
            from platform.refresh_tokens r join platform.sessions s on s.id = r.session_id where r.sha256 = $1 and s.side = $2 and s.client = $3
            """, hash, side.Text(), client).FirstAsync(r => new ShownRefreshToken(r.GetGuid(0), r.GetGuid(1), r.GetBoolean(2), r.GetBoolean(3)), cancellationToken);

    /// <summary>Uses a token up; its session's person, or null if it can't be used: of several at once, one succeeds.</summary>
    public static async Task<(Guid Session, Person Person)?> UseAsync(NpgsqlConnection connection, Side side, string client, string token, CancellationToken cancellationToken)
    {
        // The session too: whoever ends it waits, and then ends what is issued now.
        var used = await connection.Statement("""
            select s.id, s.holder from platform.refresh_tokens r join platform.sessions s on s.id = r.session_id
            where r.sha256 = $1 and r.used_at is null and r.expires_at > now() and s.side = $2 and s.client = $3 and s.ended_at is null and s.expires_at > now() for update
            """, TokenHash.Of(token), side.Text(), client).FirstAsync(r => Tuple.Create(r.GetGuid(0), r.GetGuid(1)), cancellationToken);
        if (used is null || await Person.GetAsync(connection, side, used.Item2, cancellationToken) is not { } person)
        {
            return null;
        }

        await connection.Statement("update platform.refresh_tokens set used_at = now() where sha256 = $1", TokenHash.Of(token)).RunAsync(cancellationToken);
        return (used.Item1, person);
    }
}
