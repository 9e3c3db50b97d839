using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity;

/// <summary>
/// Looks tokens up by hash: tokens are long and random, so neither salt nor slow hashing is needed, and an index lookup by a
/// hash tells an attacker's clock nothing of other tokens.
/// </summary>
internal sealed class TokenAuthenticator(NpgsqlDataSource source) : IAuthenticator
{
    public async Task<Principal?> AuthenticateAsync(string bearerToken, CancellationToken cancellationToken)
    {
        if (TokenHash.Of(bearerToken) is not { } sha256)
        {
            return null;
        }

        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await connection.Statement("""
            select p.id, p.name, p.organization_id from platform.tokens t join platform.principals p on p.id = t.principal_id
            where t.sha256 = $1 and (t.expires_at is null or t.expires_at > now())
            """, sha256).FirstAsync(r => new Principal(r.GetGuid(0), r.GetString(1), r.Nullable<Guid>(2)), cancellationToken);
    }
}
