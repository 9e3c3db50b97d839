using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Beffroi.Platform.Store;
using Npgsql;

namespace Beffroi.Platform.Identity;

/// <summary>Service accounts' public keys and the access tokens they get for what they sign. Each method works in the caller's transaction.</summary>
internal static class ServiceAccountKeys
{
    /// <summary>How long an access token is valid.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    public static async Task<IReadOnlyList<string>> ListAsync(NpgsqlConnection connection, Guid account, CancellationToken cancellationToken) =>
        (await connection.Statement("select public_keys::text from platform.principals where id = $1 and public_keys is not null", account)
            .ListAsync(r => JsonSerializer.Deserialize<string[]>(r.GetString(0))!, cancellationToken)).FirstOrDefault() ?? [];

    /// <summary>Replaces the keys. Tokens that were got with the earlier ones end at once.</summary>
    public static async Task PutAsync(NpgsqlConnection connection, Guid account, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        await connection.Statement("update platform.principals set public_keys = $2::text::jsonb where id = $1", account, JsonSerializer.Serialize(keys)).RunAsync(cancellationToken);
        await EndTokensAsync(connection, account, cancellationToken);
    }

    /// <summary>Ends the account's access tokens.</summary>
    public static Task<int> EndTokensAsync(NpgsqlConnection connection, Guid account, CancellationToken cancellationToken) =>
        connection.Statement("update platform.tokens set revoked_at = now() where principal_id = $1 and kind = 'access' and revoked_at is null", account).RunAsync(cancellationToken);

    /// <summary>Whose assertion this is, if its signature holds, the account is switched on and it was not used before; it then is.</summary>
    public static async Task<CustomerPrincipal?> AcceptAsync(NpgsqlConnection connection, ClientAssertion assertion, CancellationToken cancellationToken)
    {
        // Until the transaction ends, nobody changes the account's keys or switches it off.
        var found = await connection.Statement("""
            select p.id, p.organization_id, p.public_keys::text from platform.principals p join platform.organizations o on o.id = p.organization_id
            where o.name = $1 and p.name = $2 and p.kind = 'service-account' and p.disabled_at is null and p.public_keys is not null
            for share of p
            """, assertion.Organization, assertion.Name).FirstAsync(
            r => Tuple.Create(r.GetGuid(0), r.GetGuid(1), JsonSerializer.Deserialize<string[]>(r.GetString(2))!), cancellationToken);
        if (found is null || !assertion.IsSignedBy(found.Item3))
        {
            return null;
        }

        var fresh = await connection.Statement("insert into platform.used_assertions (principal_id, jti_sha256, expires_at) values ($1, $2, $3) on conflict do nothing",
            found.Item1, SHA256.HashData(Encoding.UTF8.GetBytes(assertion.Id)), assertion.ExpiresAt).RunAsync(cancellationToken) > 0;
        return fresh ? new CustomerPrincipal(found.Item1, assertion.Name, Guid.Empty, found.Item2, IsServiceAccount: true) : null;
    }

    /// <summary>A new access token, for this long.</summary>
    public static async Task<string> IssueAsync(NpgsqlConnection connection, CustomerPrincipal account, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var token = "bfa_" + System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        await connection.Statement("""
            insert into platform.tokens (sha256, principal_id, name, kind, expires_at) values ($1, $2, 'access-' || gen_random_uuid(), 'access', now() + $3::interval)
            """, TokenHash.Of(token), account.Id, lifetime).RunAsync(cancellationToken);
        return token;
    }
}
