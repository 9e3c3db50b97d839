using Beffroi.Platform.Identity.Factors;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity.Sessions;

/// <summary>What an authorization code stands for.</summary>
/// <param name="Holder">Who agreed.</param>
/// <param name="RedirectUri">To which address it was sent.</param>
/// <param name="CodeChallenge">S256 of the verifier that its client has (RFC 7636).</param>
/// <param name="Nonce">For the identity token.</param>
/// <param name="Scopes">What was asked for.</param>
/// <param name="Session">Which session it began; null if it wasn't used yet.</param>
internal sealed record AuthorizationCode(Guid Holder, string RedirectUri, string CodeChallenge, string? Nonce, IReadOnlyList<string> Scopes, Guid? Session);

/// <summary>Authorization codes in the store, valid for a minute. Each method works in the caller's transaction.</summary>
internal static class AuthorizationCodes
{
    public static async Task<string> InsertAsync(
        NpgsqlConnection connection, Person person, string client, string redirectUri, string codeChallenge, string? nonce, IEnumerable<string> scopes, CancellationToken cancellationToken)
    {
        var code = SessionTable.Random();
        await connection.Statement("""
            insert into platform.authorization_codes (sha256, principal_id, operator_id, redirect_uri, code_challenge, nonce, scopes, client, provider_id, expires_at)
            values ($1, case when $3 = 'customer' then $2::uuid end, case when $3 = 'operator' then $2::uuid end, $4, $5, $6::text, $7, $8, $9::uuid, now() + interval '1 minute')
            """, TokenHash.Of(code), person.Id, person.Side.Text(), redirectUri, codeChallenge, nonce, scopes.ToArray(), client, person.Provider).RunAsync(cancellationToken);
        return code;
    }

    /// <summary>One of this side and this client that has not expired, used or not.</summary>
    public static Task<AuthorizationCode?> FindAsync(NpgsqlConnection connection, Side side, string client, string code, CancellationToken cancellationToken) =>
        TokenHash.Of(code) is not { } hash ? Task.FromResult<AuthorizationCode?>(null) : connection.Statement("""
            select holder, redirect_uri, code_challenge, nonce, scopes, session_id from platform.authorization_codes
            where sha256 = $1 and side = $2 and client = $3 and (expires_at > now() or session_id is not null)
            """, hash, side.Text(), client).FirstAsync(
            r => new AuthorizationCode(r.GetGuid(0), r.GetString(1), r.GetString(2), r.IsDBNull(3) ? null : r.GetString(3), r.GetFieldValue<string[]>(4), r.Nullable<Guid>(5)), cancellationToken);

    /// <summary>Locks the code until the transaction ends; who agreed, or null if it can't be used (any more).</summary>
    public static async Task<Person?> TakeAsync(NpgsqlConnection connection, Side side, string client, string code, CancellationToken cancellationToken)
    {
        var taken = await connection.Statement("""
            select holder, provider_id from platform.authorization_codes where sha256 = $1 and side = $2 and client = $3 and expires_at > now() and session_id is null for update
            """, TokenHash.Of(code), side.Text(), client).ListAsync(r => (Holder: r.GetGuid(0), Provider: r.Nullable<Guid>(1)), cancellationToken);
        return taken is [var (holder, provider)] && await Person.GetAsync(connection, side, holder, cancellationToken) is { } person ? person with { Provider = provider } : null;
    }

    public static Task UsedAsync(NpgsqlConnection connection, string code, Guid session, CancellationToken cancellationToken) =>
        connection.Statement("update platform.authorization_codes set session_id = $2 where sha256 = $1", TokenHash.Of(code), session).RunAsync(cancellationToken);
}
