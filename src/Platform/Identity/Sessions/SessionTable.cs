using System.Buffers.Text;
using System.Security.Cryptography;
using Beffroi.Contracts;
using Beffroi.Platform.Identity.Factors;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity.Sessions;

/// <summary>Sessions and their tokens in the store. Each method works in the caller's transaction and decides nothing.</summary>
internal static class SessionTable
{
    /// <summary>How long an access token is valid.</summary>
    public static readonly TimeSpan AccessLifetime = TimeSpan.FromMinutes(5);

    // The operator's people sign in every day.
    private static readonly (TimeSpan Idle, TimeSpan Longest) Customer = (TimeSpan.FromDays(7), TimeSpan.FromDays(30)), Operator = (TimeSpan.FromHours(4), TimeSpan.FromHours(12));

    /// <summary>Begins one.</summary>
    public static async Task<(Guid Id, IssuedTokens Tokens)> BeginAsync(NpgsqlConnection connection, Person person, string client, string origin, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7();
        await connection.Statement("""
            insert into platform.sessions (id, principal_id, operator_id, client, origin, provider_id, expires_at)
            values ($1, case when $3 = 'customer' then $2::uuid end, case when $3 = 'operator' then $2::uuid end, $4, $5, $7::uuid, now() + $6::interval)
            """, id, person.Id, person.Side.Text(), client, origin, Lifetimes(person.Side).Longest, person.Provider).RunAsync(cancellationToken);
        return (id, await IssueAsync(connection, person, id, cancellationToken));
    }

    /// <summary>New tokens of a session that hasn't ended.</summary>
    public static async Task<IssuedTokens> IssueAsync(NpgsqlConnection connection, Person person, Guid session, CancellationToken cancellationToken)
    {
        var tokens = new IssuedTokens("bfs_" + Random(), "bft_" + Random());
        await (person.Side == Side.Operator
            ? connection.Statement("""
                insert into platform.operator_tokens (sha256, operator_id, name, kind, session_id, expires_at)
                select $1, $2, 'session-' || gen_random_uuid(), 'session', s.id, least(now() + $4::interval, s.expires_at) from platform.sessions s where s.id = $3
                """, TokenHash.Of(tokens.AccessToken), person.Id, session, AccessLifetime)
            : connection.Statement("""
                insert into platform.tokens (sha256, principal_id, name, kind, session_id, expires_at)
                select $1, $2, 'session-' || gen_random_uuid(), 'session', s.id, least(now() + $4::interval, s.expires_at) from platform.sessions s where s.id = $3
                """, TokenHash.Of(tokens.AccessToken), person.Id, session, AccessLifetime)).RunAsync(cancellationToken);
        await connection.Statement("""
            insert into platform.refresh_tokens (sha256, session_id, expires_at) select $1, s.id, least(now() + $3::interval, s.expires_at) from platform.sessions s where s.id = $2
            """, TokenHash.Of(tokens.RefreshToken), session, Lifetimes(person.Side).Idle).RunAsync(cancellationToken);
        await connection.Statement("update platform.sessions set last_used_at = now() where id = $1", session).RunAsync(cancellationToken);
        return tokens;
    }

    /// <summary>A holder's sessions that have not ended, the newest first.</summary>
    /// <param name="connection">Any.</param>
    /// <param name="side">The holder's.</param>
    /// <param name="holder">Whose.</param>
    /// <param name="credential">The token that asks: its own session is marked.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<IReadOnlyList<SignInSession>> ListAsync(NpgsqlConnection connection, Side side, Guid holder, Guid? credential, CancellationToken cancellationToken) =>
        await connection.Statement("""
            select s.id, s.client, s.origin, s.created_at, s.last_used_at, least(s.expires_at, (select max(r.expires_at) from platform.refresh_tokens r where r.session_id = s.id and r.used_at is null)),
                   exists (select from platform.tokens t where t.session_id = s.id and t.id = $3::uuid) or exists (select from platform.operator_tokens t where t.session_id = s.id and t.id = $3::uuid),
                   (select i.name from platform.identity_providers i where i.id = s.provider_id)
            from platform.sessions s
            where s.holder = $1 and s.side = $2 and s.ended_at is null and s.expires_at > now()
              and exists (select from platform.refresh_tokens r where r.session_id = s.id and r.used_at is null and r.expires_at > now())
            order by s.created_at desc limit 200
            """, holder, side.Text(), credential).ListAsync(
            r => new SignInSession(
                r.GetGuid(0), r.GetString(1), r.GetString(2), r.GetFieldValue<DateTimeOffset>(3), r.GetFieldValue<DateTimeOffset>(4), r.GetFieldValue<DateTimeOffset>(5), r.GetBoolean(6),
                r.IsDBNull(7) ? null : r.GetString(7)),
            cancellationToken);

    /// <summary>Ends a session of the holder's with its tokens; false if it is none, or has ended.</summary>
    public static async Task<bool> EndAsync(NpgsqlConnection connection, Side side, Guid holder, Guid session, CancellationToken cancellationToken)
    {
        if (await connection.Statement("update platform.sessions set ended_at = now() where id = $1 and holder = $2 and side = $3 and ended_at is null", session, holder, side.Text())
            .RunAsync(cancellationToken) == 0)
        {
            return false;
        }

        await (side == Side.Operator
            ? connection.Statement("update platform.operator_tokens set revoked_at = now() where session_id = $1 and revoked_at is null", session)
            : connection.Statement("update platform.tokens set revoked_at = now() where session_id = $1 and revoked_at is null", session)).RunAsync(cancellationToken);
        return true;
    }

    /// <summary>Ends all sessions of the holder's.</summary>
    public static async Task EndAllAsync(NpgsqlConnection connection, Side side, Guid holder, CancellationToken cancellationToken)
    {
        await connection.Statement("update platform.sessions set ended_at = now() where holder = $1 and side = $2 and ended_at is null", holder, side.Text()).RunAsync(cancellationToken);
        await (side == Side.Operator
            ? connection.Statement("update platform.operator_tokens set revoked_at = now() where operator_id = $1 and kind = 'session' and revoked_at is null", holder)
            : connection.Statement("update platform.tokens set revoked_at = now() where principal_id = $1 and kind = 'session' and revoked_at is null", holder)).RunAsync(cancellationToken);
    }

    /// <summary>Ends all that was begun by way of an identity provider, by one holder or by anybody: sessions, and what they could still begin with.</summary>
    public static async Task EndOfProviderAsync(NpgsqlConnection connection, Guid provider, Guid? holder, CancellationToken cancellationToken)
    {
        await connection.Statement("delete from platform.provider_requests where provider_id = $1 and ($2::uuid is null or principal_id = $2)", provider, holder).RunAsync(cancellationToken);
        await connection.Statement("delete from platform.provider_proofs where provider_id = $1 and ($2::uuid is null or principal_id = $2)", provider, holder).RunAsync(cancellationToken);
        await connection.Statement("delete from platform.browser_sign_ins where provider_id = $1 and ($2::uuid is null or principal_id = $2)", provider, holder).RunAsync(cancellationToken);
        await connection.Statement("delete from platform.authorization_codes where provider_id = $1 and ($2::uuid is null or principal_id = $2)", provider, holder).RunAsync(cancellationToken);
        await connection.Statement("delete from platform.device_codes where provider_id = $1 and ($2::uuid is null or principal_id = $2)", provider, holder).RunAsync(cancellationToken);
        // Two statements: the second sees what a session was given that was being continued while the first waited for it.
        await connection.Statement(
            "update platform.sessions set ended_at = now() where provider_id = $1 and ($2::uuid is null or principal_id = $2) and ended_at is null", provider, holder).RunAsync(cancellationToken);
        await connection.Statement("""
            update platform.tokens t set revoked_at = now() from platform.sessions s
            where s.id = t.session_id and s.provider_id = $1 and ($2::uuid is null or s.principal_id = $2) and t.revoked_at is null
            """, provider, holder).RunAsync(cancellationToken);
    }

    internal static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    private static (TimeSpan Idle, TimeSpan Longest) Lifetimes(Side side) => side == Side.Operator ? Operator : Customer;
}
