using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity;

/// <summary>
/// Looks tokens up by hash: tokens are long and random, so neither salt nor slow hashing is needed, and an index lookup by a
/// hash tells an attacker's clock nothing of other tokens.
/// </summary>
internal sealed class TokenAuthenticator(NpgsqlDataSource source) : IAuthenticator
{
    public async Task<Principal?> AuthenticateAsync(Side side, string bearerToken, CancellationToken cancellationToken)
    {
        if (TokenHash.Of(bearerToken) is not { } sha256)
        {
            return null;
        }

        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return side == Side.Operator
            ? await connection.Statement("""
                with used as (
                    update platform.operator_tokens set last_used_at = now()
                    where sha256 = $1 and revoked_at is null and (last_used_at is null or last_used_at < now() - interval '1 minute'))
                select o.id, o.name, t.id, o.kind = 'service-account' from platform.operator_tokens t join platform.operators o on o.id = t.operator_id
                where t.sha256 = $1 and t.revoked_at is null and t.expires_at > now() and o.disabled_at is null
                """, sha256).FirstAsync(Principal (r) => new OperatorPrincipal(r.GetGuid(0), r.GetString(1), r.GetGuid(2), r.GetBoolean(3)), cancellationToken)
            : await connection.Statement("""
                with used as (
                    update platform.tokens set last_used_at = now()
                    where sha256 = $1 and revoked_at is null and (last_used_at is null or last_used_at < now() - interval '1 minute'))
                select p.id, p.name, t.id, p.organization_id, p.kind = 'service-account' from platform.tokens t join platform.principals p on p.id = t.principal_id
                where t.sha256 = $1 and t.revoked_at is null and t.expires_at > now() and p.disabled_at is null
                """, sha256).FirstAsync(Principal (r) => new CustomerPrincipal(r.GetGuid(0), r.GetString(1), r.GetGuid(2), r.GetGuid(3), r.GetBoolean(4)), cancellationToken);
    }
}
